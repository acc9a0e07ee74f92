// SPDX-License-Identifier: Apache-2.0
// Layouts and commands: SpiNNFrontEndCommon, c_common/front_end_common_lib (simulation, recording,
// data_specification).
#include "simulation.h"

enum { kMostChannels = 16, kRegions = 32, kProvenanceWords = 6 };
#define TABLE_MAGIC 0xad130ad6u
#define TABLE_VERSION 0x00010000u

enum Command {
    kCommandStop = 6,
    kCommandRunTime = 7,     // arguments: end, for ever, start
    kCommandProvenance = 8,  // write it, then end
    kCommandClearText = 9,   // third argument 1: answer
    kCommandPause = 10,
    kCommandTime = 11,
};
enum { kOk = 0x80 };

typedef struct RegionTable {
    uint32_t magic;
    uint32_t version;
    struct {
        uint32_t* words;
        uint32_t sum;
        uint32_t count;  // 0: not to be checked
    } regions[kRegions];
} RegionTable;

typedef struct SystemRegion {
    uint32_t binary_name_hash;
    uint32_t step_us;
    uint32_t control_port;
} SystemRegion;

typedef struct RecordingChannel {
    uint32_t space;
    uint32_t size_and_missing;  // bytes recorded; bit 31: some are missing
    uint8_t* data;
} RecordingChannel;

typedef struct RecordingRegion {
    uint32_t count;
    RecordingChannel channels[];
} RecordingRegion;

static struct {
    const SimulationProgram* program;
    const SystemRegion* system;
    RecordingRegion* recording;
    uint32_t* provenance;
    uint32_t step;  // next to be executed
    uint32_t end;
    bool for_ever;
    uint32_t steps_between_barriers;  // 0: only at the start of a run
    uint32_t next_barrier;
    bool at_barrier;
    bool running;
    bool pause_asked;
    bool ended;
} now;

static uint32_t recorded[kMostChannels];
static bool incomplete[kMostChannels];

// ---- Regions
// ---------------------------------------------------------------------------------------------

void* data_region(uint32_t index) {
    RegionTable* table = (RegionTable*)own_vcpu()->user[0];
    if (!table || ((uint32_t)table & 3) || table->magic != TABLE_MAGIC ||
        table->version != TABLE_VERSION || index >= kRegions) {
        print("user0 does not point to a table of regions: 0x%08x\n",
              (unsigned)own_vcpu()->user[0]);
        fail(kErrorSoftware);
    }
    uint32_t sum = 0;
    for (uint32_t i = 0; i < table->regions[index].count; i++) {
        sum += table->regions[index].words[i];
    }
    if (table->regions[index].count && sum != table->regions[index].sum) {
        print("region %u: sum 0x%08x, not 0x%08x\n", (unsigned)index, (unsigned)sum,
              (unsigned)table->regions[index].sum);
        fail(kErrorSoftware);
    }
    table->regions[index].count = 0;  // programs write into their regions: check once
    return table->regions[index].words;
}

// ---- Recording
// -------------------------------------------------------------------------------------------

static void recording_start(void) {
    RecordingRegion* region = now.recording;
    if (region->count > kMostChannels) {
        fail(kErrorSoftware);
    }
    for (uint32_t i = 0; i < region->count; i++) {
        RecordingChannel* channel = &region->channels[i];
        if (channel->space && !channel->data) {
            channel->data = heap_take(SYSTEM_VARIABLES->sdram_heap, channel->space);
            if (!channel->data) {
                print("no %u bytes for recording channel %u\n", (unsigned)channel->space,
                      (unsigned)i);
                fail(kErrorMemory);
            }
        }
        recorded[i] = 0;
        incomplete[i] = false;
    }
}

static void recording_close(void) {
    for (uint32_t i = 0; i < now.recording->count; i++) {
        now.recording->channels[i].size_and_missing = recorded[i] | (uint32_t)incomplete[i] << 31;
    }
}

bool record(uint32_t channel, const void* words, uint32_t bytes) {
    const RecordingChannel* to = &now.recording->channels[channel];
    if (channel >= now.recording->count || bytes > to->space - recorded[channel]) {
        incomplete[channel % kMostChannels] = true;
        return false;
    }
    uint32_t* target = (uint32_t*)(to->data + recorded[channel]);
    for (uint32_t i = 0; i < bytes / 4; i++) {
        target[i] = ((const uint32_t*)words)[i];
    }
    recorded[channel] += bytes;
    return true;
}

static void write_provenance(void) {
    uint32_t* words = now.provenance;
    words[0] = 0;              // full transmission queues: there is none
    words[1] = lost_events();  // full event queue
    words[2] = 0;              // DMA: not used
    words[3] = 0;              // user events: not used
    words[4] = late_ticks();
    words[5] = late_ticks() ? 1 : 0;
    if (now.program->provenance) {
        now.program->provenance(words + kProvenanceWords);
    }
}

// ---- Runs
// ------------------------------------------------------------------------------------------------

static void start_waiting(const SdpMessage* message) {
    const uint32_t* data = (const uint32_t*)message->data;
    now.end = message->argument[0];
    now.for_ever = message->argument[1];
    now.step = message->argument[2];
    now.steps_between_barriers = data[0];
    now.next_barrier = now.step + data[0];
    now.pause_asked = false;
    recording_start();
    now.at_barrier = true;
    barrier_close();
}

static void go_on(void) {
    now.at_barrier = false;
    now.running = true;
    set_state(kRunning);
    tick_start(now.system->step_us);
}

static void stop_run(void) {
    tick_stop();
    now.running = false;
    recording_close();
    write_provenance();
    set_state(kWaiting);  // tells the host that everything is there to be read
}

static void on_tick(void) {
    if (!now.running) {
        return;  // one that came while the last step ran
    }
    if (now.pause_asked || (!now.for_ever && now.step >= now.end)) {
        stop_run();
    } else if (now.steps_between_barriers && now.step >= now.next_barrier) {
        tick_stop();
        now.running = false;
        now.next_barrier += now.steps_between_barriers;
        now.at_barrier = true;
        barrier_close();
    } else {
        now.program->step(now.step);
        now.step++;
    }
}

static void on_message(SdpMessage* message) {
    const bool for_us = message->to_port >> 5 == now.system->control_port;
    const uint16_t command = for_us ? message->command : 0;
    if (command == kCommandRunTime) {
        start_waiting(message);
        (void)reply(message, kOk, 4);
    } else if (command == kCommandClearText) {
        print_clear();
        if (message->argument[2] == 1) {
            (void)reply(message, kOk, 4);
        }
    } else if (command == kCommandPause) {
        now.pause_asked = true;
        (void)reply(message, kOk, 4);
    } else if (command == kCommandTime) {
        message->argument[0] = now.step;
        (void)reply(message, kOk, 8);
    } else if (command == kCommandStop || command == kCommandProvenance) {
        if (command == kCommandProvenance) {
            write_provenance();
        }
        now.ended = true;
    } else {
        print("message to port %u, command %u: not understood\n", (unsigned)message->to_port >> 5,
              (unsigned)message->command);
    }
    release_message(message);
}

void simulation_run(SimulationRegions regions, const SimulationProgram* program) {
    now.program = program;
    now.system = data_region(regions.system);
    now.recording = data_region(regions.recording);
    now.provenance = data_region(regions.provenance);
    packets_listen();
    set_state(kPaused);
    while (!now.ended) {
        Event event;
        if (now.at_barrier && barrier_open()) {
            go_on();
        } else if (!poll_event(&event)) {
            sleep_for_event();
        } else if (event.kind == kEventTick) {
            on_tick();
        } else if (event.kind == kEventMessage) {
            on_message((SdpMessage*)event.value);
        } else if (event.kind == kEventPacket && program->packet) {
            program->packet(event.value, event.payload, event.has_payload);
        }
    }
    tick_stop();
}
