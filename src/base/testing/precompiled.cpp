// Belongs to the precompiled headers of tests, which need a source of their own.
