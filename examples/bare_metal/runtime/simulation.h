// SPDX-License-Identifier: Apache-2.0
// What the published host software (SpiNNFrontEndCommon) expects of a program in a graph: data
// regions, steps from one run time to the next, barriers between cores, provenance, recording.
//
//     PAUSE --run time--> SYNC0 or SYNC1 --signal--> RUN --last step--> WAIT --run time--> ...
//     exit: EXIT
#pragma once

#include "runtime.h"

/// The address of a region of this core, as the host has written it; ends the program with a
/// software error where the table behind user0 is none or a region's sum is wrong.
void* data_region(uint32_t index);

typedef struct SimulationRegions {
    uint32_t system;      ///< step length and control port
    uint32_t recording;   ///< channels
    uint32_t provenance;  ///< six words of the runtime's, then the program's own
} SimulationRegions;

typedef struct SimulationProgram {
    /// One step of the simulation; steps are counted from 0 over all runs.
    void (*step)(uint32_t step);
    /// May be null: packets are dropped.
    void (*packet)(uint32_t key, uint32_t payload, bool has_payload);
    /// May be null. Writes the program's own words of provenance.
    void (*provenance)(uint32_t* words);
} SimulationProgram;

/// Runs until the host ends it.
void simulation_run(SimulationRegions regions, const SimulationProgram* program);

/// Appends to a channel of the recording of the present run; false and marked as incomplete when it
/// is full.
bool record(uint32_t channel, const void* words, uint32_t bytes);
