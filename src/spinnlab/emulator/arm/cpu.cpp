#include "spinnlab/emulator/arm/cpu.hpp"
