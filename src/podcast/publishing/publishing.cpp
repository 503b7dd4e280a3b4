// See publishing.hpp.

#include "podcast/publishing/publishing.hpp"

namespace carillon::podcast {

Publishing::Publishing(db::Database& database, blob::Store& store, Catalogue& catalogue, jobs::Runner& jobs, jobs::Workers& disk,
                       const Clock& clock, Random& random, const Addresses& addresses, const audio::MediaProgram& program)
    : acts{database, catalogue, jobs, clock, random},
      tags{database, store, disk, clock, addresses},
      schedule{clock, random},
      pictures{store, program, database},
      shows{{.database = database,
             .media = store,
             .acts = acts,
             .schedule = schedule,
             .pictures = pictures,
             .disk = disk,
             .texts = text_workers,
             .picture_workers = picture_workers,
             .clock = clock,
             .random = random,
             .addresses = addresses}},
      episodes{{.database = database,
                .acts = acts,
                .tags = tags,
                .schedule = schedule,
                .disk = disk,
                .texts = text_workers,
                .clock = clock,
                .random = random}},
      media{{.database = database,
             .media = store,
             .acts = acts,
             .pictures = pictures,
             .program = program,
             .picture_workers = picture_workers,
             .disk = disk,
             .clock = clock,
             .random = random}},
      texts{{.database = database, .media = store, .acts = acts, .tags = tags, .disk = disk, .texts = text_workers}},
      cue_points{acts} {}

}  // namespace carillon::podcast
