# SPDX-License-Identifier: Apache-2.0
# the same random network with combined cores and with neuron + synapse cores: spikes must agree
import pyNN.spiNNaker as sim, numpy as np, sys
rng=np.random.RandomState(5)
L=[(int(a),int(b),float(w),float(d)) for a,b,w,d in zip(rng.randint(0,100,2000),rng.randint(0,100,2000),rng.choice([1.0,1.5,2.0,3.0],2000),rng.randint(1,15,2000))]
Li=[(a,b,w,d) for a,b,w,d in L[:300]]; sp=[sorted(int(x) for x in rng.choice(200,12,replace=False)) for _ in range(100)]
res={}
sim.setup(timestep=1.0)
P={}
for mode,kw in (("combined",{}),("split1",dict(n_synapse_cores=1)),("split3",dict(n_synapse_cores=3))):
    s=sim.Population(100,sim.SpikeSourceArray(sp)); p=sim.Population(100,sim.IF_curr_exp(tau_refrac=2.0),label=mode,seed=1,**kw); p.initialize(v=-65.0)
    sim.Projection(s,p,sim.FromListConnector(L),sim.StaticSynapse())
    sim.Projection(p,p,sim.FromListConnector(Li),sim.StaticSynapse(),receptor_type="inhibitory")
    p.record(["spikes","v"]); P[mode]=p
sim.run(130); sim.run(120)
for m,p in P.items():
    d=p.get_data().segments[0]; res[m]=[[round(float(x)) for x in t] for t in d.spiketrains]; res[m+"v"]=np.array(d.filter(name="v")[0].magnitude)
print("SPIKES",{m:sum(map(len,res[m])) for m in P}, "split1 equal",res["split1"]==res["combined"],"split3 equal",res["split3"]==res["combined"], "v equal",(res["split1v"]==res["combinedv"]).all(),(res["split3v"]==res["combinedv"]).all())
sim.reset(); sim.run(250)
for m,p in P.items():
    d=p.get_data().segments[1]; print("after reset",m,[[round(float(x)) for x in t] for t in d.spiketrains]==res[m])
sim.end()
