# SPDX-License-Identifier: Apache-2.0
import pyNN.spiNNaker as sim, time, numpy as np, sys
T0=time.time()
sim.setup(timestep=1.0)
n=100
pops=[sim.Population(n, sim.IF_curr_exp(), label=f"pop{k}") for k in range(10)]
stim=sim.Population(1, sim.SpikeSourceArray([[0]]), label="stim")
sim.Projection(stim, pops[0], sim.AllToAllConnector(), sim.StaticSynapse(weight=5.0, delay=1))
for k in range(10):
    sim.Projection(pops[k], pops[(k+1)%10], sim.FixedNumberPreConnector(10), sim.StaticSynapse(weight=0.5, delay=17))
for p in pops: p.record("spikes")
T1=time.time()
sim.run(1000)
T2=time.time()
total=0; bad=0
for k,p in enumerate(pops):
    st=p.get_data("spikes").segments[0].spiketrains
    exp=[7+23*(10*m+k) for m in range(20) if 7+23*(10*m+k)<1000]
    for tr in st:
        total+=len(tr)
        if [int(round(float(x))) for x in tr]!=exp: bad+=1
print("TOTAL",total,"BAD neurons",bad,"first", [float(x) for x in pops[0].get_data("spikes").segments[0].spiketrains[0]], [float(x) for x in pops[3].get_data("spikes").segments[0].spiketrains[5]])
T3=time.time()
sim.end()
print("build %.1f run %.1f get %.1f end %.1f"%(T1-T0,T2-T1,T3-T2,time.time()-T3))
