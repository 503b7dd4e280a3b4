// carillon: the command line's door. Everything else is in command_line.cpp and the commands it names.

#include "app/command_line.hpp"

int main(int count, char** arguments) { return carillon::app::run(count, arguments); }
