# SPDX-License-Identifier: Apache-2.0
# the same network on 10 cores (one chip) and on 100 cores (several chips): spikes must agree
import pyNN.spiNNaker as sim, numpy as np
rng=np.random.RandomState(3); N=200; NP=10
conns=[[(int(a),int(b),float(w),float(d)) for a,b,w,d in zip(rng.randint(0,N,1500),rng.randint(0,N,1500),rng.choice([1.0,2.0,4.0],1500),rng.randint(1,17,1500))] for _ in range(NP)]
conns=[sorted(c) for c in conns]
sp=[sorted(int(x) for x in rng.choice(100,6,replace=False)) for _ in range(N)]
sim.setup(timestep=1.0); res={}
for tag,mx in (("few",200),("many",20)):
    s=sim.Population(N,sim.SpikeSourceArray(sp),label=tag+"src")
    P=[sim.Population(N,sim.IF_curr_exp(tau_refrac=2.0),label=f"{tag}{k}",seed=k+1) for k in range(NP)]
    for p in P: p.set_max_atoms_per_core(mx); p.initialize(v=-65.0); p.record("spikes")
    sim.Projection(s,P[0],sim.FromListConnector(conns[0]),sim.StaticSynapse())
    for k in range(NP): sim.Projection(P[k],P[(k+1)%NP],sim.FromListConnector(conns[k]),sim.StaticSynapse())
    res[tag]=P
sim.run(300)
f=lambda P:[[round(float(x)) for x in t] for p in P for t in p.get_data("spikes").segments[0].spiketrains]
a,b=f(res["few"]),f(res["many"]); [print("DIFF",i//N,i%N,[x for x in set(p)^set(q)]) for i,(p,q) in enumerate(zip(a,b)) if p!=q]; print("MULTI equal",a==b,sum(map(len,a)),sum(map(len,b))); sim.end()
