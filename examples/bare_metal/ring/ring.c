// SPDX-License-Identifier: Apache-2.0
// One vertex of a ring through which a token runs, one vertex further in each step.
//
// The token is the payload of a multicast packet: the step it was sent in << 16 | how often it was
// passed on. A token is taken up in the step after the one that it was sent in, however early the
// packet comes. Recorded, two words a visit: step, count. Own provenance, two words: visits,
// packets received.
#include "simulation.h"

PROGRAM("ring");

enum { kSystem, kParameters, kRecording, kProvenance };
enum { kVisits = 0 };

typedef struct Parameters {
    uint32_t key;     // of the packet to the next vertex
    uint32_t starts;  // 1: has the token before the first step
} Parameters;

static Parameters parameters;
static bool has_token;
static uint32_t token;
static uint32_t visits, packets;

static bool sent_before(uint32_t step) { return (uint16_t)step != token >> 16; }

static void on_step(uint32_t step) {
    if (!has_token || (packets && !sent_before(step))) {
        return;
    }
    const uint32_t count = token & 0xffff;
    const uint32_t visit[2] = {step, count};
    (void)record(kVisits, visit, sizeof visit);
    visits++;
    has_token = false;
    send_packet_with_payload(parameters.key, step << 16 | ((count + 1) & 0xffff));
}

static void on_packet(uint32_t key, uint32_t payload, bool has_payload) {
    (void)key;
    packets++;
    if (has_payload) {
        token = payload;
        has_token = true;
    }
}

static void on_provenance(uint32_t* words) {
    words[0] = visits;
    words[1] = packets;
}

void c_main(void) {
    static const SimulationProgram program = {on_step, on_packet, on_provenance};
    parameters = *(const Parameters*)data_region(kParameters);
    has_token = parameters.starts == 1;
    print("key 0x%08x%s\n", (unsigned)parameters.key, has_token ? ", starts" : "");
    simulation_run((SimulationRegions){kSystem, kRecording, kProvenance}, &program);
}
