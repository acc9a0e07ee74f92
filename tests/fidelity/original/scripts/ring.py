# SPDX-License-Identifier: Apache-2.0
from vectors import *
sim.setup(timestep=1.0)
p=sim.Population(20,sim.IF_curr_exp(cm=0.25,tau_m=20.0,tau_refrac=2.0,tau_syn_E=5.0,tau_syn_I=5.0,v_reset=-70.0,v_rest=-65.0,v_thresh=-50.0,i_offset=0.0),label="ring")
p.initialize(v=-65.0)
s=sim.Population(1,sim.SpikeSourceArray([[0]]))
sim.Projection(s,p,sim.FromListConnector([(0,0)]),sim.StaticSynapse(weight=2.0,delay=1))
sim.Projection(p,p,sim.FromListConnector([(i,(i+1)%20) for i in range(20)]),sim.StaticSynapse(weight=2.0,delay=1))
p.record(["v","gsyn_exc","spikes"])
sim.run(100)
d=p.get_data().segments[0]
v=save_matrix("ring20_v",d.filter(name="v")[0]); g=save_matrix("ring20_gsyn_exc",d.filter(name="gsyn_exc")[0]); sp=save_spikes("ring20_spikes",d.spiketrains)
sim.end()
