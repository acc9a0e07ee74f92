# SPDX-License-Identifier: Apache-2.0
from vectors import *
STEPS=500
sim.setup(timestep=1.0)
pops={}
for name,n,rate,seed,kw in [("5Hz",20,5.0,11,{}),("9Hz",20,9.0,12,{}),("50Hz",20,50.0,13,{}),("500Hz",10,500.0,14,{}),("9000Hz",5,9000.0,15,{}),("20000Hz",5,20000.0,16,{}),("mixed",6,[2.0,30.0,300.0,0.0,12000.0,10.0],17,{}),("window",10,100.0,18,dict(start=50.0,duration=200.0)),("two_cores",30,80.0,19,{})]:
    p=sim.Population(n,sim.SpikeSourcePoisson(rate=rate,**kw),label=name,seed=seed)
    if name=="two_cores": p.set_max_atoms_per_core(20)
    p.record("spikes"); pops[name]=(p,n,rate,seed,kw)
sim.run(STEPS)
import csv as _c
desc={"package":"sPyNNaker 1!7.4.1 original binaries","timestep_ms":1.0,"steps":STEPS,"populations":{}}
for name,(p,n,rate,seed,kw) in pops.items():
    tr=p.get_data("spikes").segments[0].spiketrains
    cnt=np.zeros((STEPS,n),int)
    for i,t in enumerate(tr):
        for x in t: cnt[int(round(float(x))),i]+=1
    with open(f"{OUT}/poisson_{name}.csv","w") as f:
        f.write("step,source,count\n"); [f.write(f"{t},{i},{cnt[t,i]}\n") for t in range(STEPS) for i in range(n) if cnt[t,i]]
    ks=None
    v=p._vertex
    try: ks={f"{s.lo_atom}-{s.hi_atom}":[int(x) for x in q] for s,q in v._SpikeSourcePoissonVertex__kiss_seed.items()}
    except Exception as e: print(e)
    desc["populations"][name]=dict(n=n,rate_hz=rate,population_seed=seed,kiss_seed_by_slice=ks,total=int(cnt.sum()),**kw); print(name,cnt.sum(),ks)
json.dump(desc,open(f"{OUT}/poisson.json","w"),indent=1)
sim.end()
