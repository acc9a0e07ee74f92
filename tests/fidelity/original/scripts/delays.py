# SPDX-License-Identifier: Apache-2.0
# 120 neurons on 3 cores, two links per neuron with delays 1..100: needs delay extension stages.
from vectors import *
sim.setup(timestep=1.0)
n=120
p=sim.Population(n,sim.IF_curr_exp(tau_refrac=2.0),label="ring",seed=3); p.set_max_atoms_per_core(50); p.initialize(v=-65.0)
s=sim.Population(3,sim.SpikeSourceArray([[0],[40],[77]]))
sim.Projection(s,p,sim.FromListConnector([(0,0),(1,50),(2,119)]),sim.StaticSynapse(weight=30.0,delay=1))
L=[(i,(i+k)%n,30.0 if k==1 else 4.0,float(1+(i*7+k*31)%100)) for i in range(n) for k in (1,37)]
sim.Projection(p,p,sim.FromListConnector(L),sim.StaticSynapse())
p.record(["spikes","v"])
sim.run(800)
d=p.get_data().segments[0]; r=save_spikes("delay_ring_spikes",d.spiketrains); print("spikes",len(r))
v=d.filter(name="v")[0]; save_matrix("delay_ring_v_first10",np.array(v.magnitude)[:,:10])
json.dump({"package":"sPyNNaker 1!7.4.1 original binaries","n":n,"atoms_per_core":50,"cell":"IF_curr_exp defaults, tau_refrac 2.0, v init -65","stimulus":"spikes [0],[40],[77] of three sources onto neurons 0, 50, 119, weight 30, delay 1","connections":"neuron i -> (i+k) mod 120, k in 1,37; weight 30 for k=1 else 4; delay 1+(7 i+31 k) mod 100","steps":800,"spikes":len(r)},open(f"{OUT}/delay_ring.json","w"),indent=1)
sim.end()
