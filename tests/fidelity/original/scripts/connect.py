# SPDX-License-Identifier: Apache-2.0
# Connector expansions made on the machine; small cores to have several slices.
from vectors import *
RD=sim.RandomDistribution
sim.setup(timestep=1.0)
NPRE,NPOST=40,50
sp=sim.Population(NPRE,sim.IF_curr_exp(),label="pre",seed=5); sp.set_max_atoms_per_core(16)
cs={
 "fixed_probability":(sim.FixedProbabilityConnector(0.2),dict(weight=1.5,delay=2.0)),
 "fixed_probability_uniform_weight_delay":(sim.FixedProbabilityConnector(0.2),dict(weight=RD("uniform",[0.5,2.0]),delay=RD("uniform",[1.0,8.0]))),
 "fixed_probability_normal_clipped":(sim.FixedProbabilityConnector(0.2),dict(weight=RD("normal_clipped",mu=1.0,sigma=0.3,low=0.1,high=2.0),delay=RD("normal_clipped",mu=4.0,sigma=2.0,low=1.0,high=10.0))),
 "fixed_number_pre":(sim.FixedNumberPreConnector(7),dict(weight=1.5,delay=2.0)),
 "fixed_number_pre_with_replacement":(sim.FixedNumberPreConnector(7,with_replacement=True),dict(weight=1.5,delay=2.0)),
 "fixed_number_post":(sim.FixedNumberPostConnector(9),dict(weight=1.5,delay=2.0)),
 "fixed_total_number":(sim.FixedTotalNumberConnector(100,with_replacement=True),dict(weight=1.5,delay=RD("uniform",[1.0,60.0]))),
 "all_to_all_exponential_weight":(sim.AllToAllConnector(),dict(weight=RD("exponential",beta=0.5),delay=1.0)),
}
P={}
for k,(name,(c,s)) in enumerate(cs.items()):
    p=sim.Population(NPOST,sim.IF_curr_exp(),label=name,seed=100+k); p.set_max_atoms_per_core(20)
    P[name]=(p,sim.Projection(sp,p,c,sim.StaticSynapse(**s)))
sim.run(10)
desc={"package":"sPyNNaker 1!7.4.1 original binaries","timestep_ms":1.0,"n_pre":NPRE,"pre_atoms_per_core":16,"n_post":NPOST,"post_atoms_per_core":20,"projections":{}}
for name,(p,pr) in P.items():
    l=sorted([int(a),int(b),float(w),float(d)] for a,b,w,d in pr.get(["weight","delay"],"list"))
    with open(f"{OUT}/connector_{name}.csv","w") as f:
        f.write("pre,post,weight,delay_ms\n"); [f.write(f"{a},{b},{w!r},{d!r}\n") for a,b,w,d in l]
    v=p._vertex
    desc["projections"][name]=dict(post_population_seed=100+list(P).index(name),count=len(l),population_kiss_seed=[int(x) for x in v._PopulationVertex__pop_seed],core_kiss_seeds={f"{s.lo_atom}-{s.hi_atom}":[int(x) for x in q] for s,q in v._PopulationVertex__core_seeds.items()})
    print(name,len(l))
json.dump(desc,open(f"{OUT}/connectors.json","w"),indent=1)
sim.end()
