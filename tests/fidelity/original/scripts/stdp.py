# SPDX-License-Identifier: Apache-2.0
# Plastic weights after a fixed protocol. One source (4 neurons), one population of 12 neurons per rule driven by teacher spikes.
from vectors import *
X=sim.extra_models
STEPS=400; NPRE=4; NPOST=12; CH=100
pre=[[10,30,31,60,150,151,152,230,300,390],[12,40,95,96,180,260,330],[5,6,7,8,9,120,240,360],[50,100,200,350]]
teach=[[ (20+7*i+37*k)%STEPS for k in range(0,9+i%3)] for i in range(NPOST)]
teach=[sorted(set(x)) for x in teach]
sim.setup(timestep=1.0)
lif=dict(cm=1.0,tau_m=20.0,tau_refrac=2.0,v_reset=-65.0,v_rest=-65.0,v_thresh=-50.0,tau_syn_E=5.0,tau_syn_I=5.0)
sp=sim.Population(NPRE,sim.SpikeSourceArray(pre),label="pre"); tt=sim.Population(NPOST,sim.SpikeSourceArray(teach),label="teacher")
rules={
 "pair_additive":(sim.SpikePairRule(tau_plus=20.0,tau_minus=15.0,A_plus=0.05,A_minus=0.04),sim.AdditiveWeightDependence(w_min=0.0,w_max=1.0),True),
 "pair_multiplicative":(sim.SpikePairRule(tau_plus=20.0,tau_minus=15.0,A_plus=0.05,A_minus=0.04),sim.MultiplicativeWeightDependence(w_min=0.0,w_max=1.0),True),
 "pair_additive_no_backprop_delay":(sim.SpikePairRule(tau_plus=20.0,tau_minus=15.0,A_plus=0.05,A_minus=0.04),sim.AdditiveWeightDependence(w_min=0.0,w_max=1.0),False),
 "nearest_additive":(X.SpikeNearestPairRule(tau_plus=20.0,tau_minus=15.0,A_plus=0.05,A_minus=0.04),sim.AdditiveWeightDependence(w_min=0.0,w_max=1.0),True),
 "triplet_additive":(X.PfisterSpikeTriplet(tau_plus=16.8,tau_minus=33.7,tau_x=101.0,tau_y=125.0,A_plus=0.02,A_minus=0.03),X.WeightDependenceAdditiveTriplet(w_min=0.0,w_max=1.0,A3_plus=0.04,A3_minus=0.01),True),
 "vogels_additive":(X.Vogels2011Rule(alpha=0.12,tau=20.0,A_plus=0.05),sim.AdditiveWeightDependence(w_min=0.0,w_max=1.0),True),
}
D=[1,2,5,3]
P={}; desc={"package":"sPyNNaker 1!7.4.1 original binaries","timestep_ms":1.0,"steps":STEPS,"pre_spike_steps":pre,"teacher_spike_steps":teach,"lif":lif,"teacher_weight":40.0,"teacher_delay":1,"initial_weight":0.4,"delay_by_pre":D,"read_at_steps":list(range(CH,STEPS+1,CH)),"rules":{}}
for name,(t,w,bp) in rules.items():
    p=sim.Population(NPOST,sim.IF_curr_exp(**lif),label=name,seed=7); p.initialize(v=-65.0)
    sim.Projection(tt,p,sim.OneToOneConnector(),sim.StaticSynapse(weight=40.0,delay=1))
    s=sim.STDPMechanism(timing_dependence=t,weight_dependence=w,weight=0.4,delay=1,backprop_delay=bp)
    pr=sim.Projection(sp,p,sim.FromListConnector([(a,b,0.4,float(D[a])) for a in range(NPRE) for b in range(NPOST)]),s)
    p.record(["spikes","v"]); P[name]=(p,pr); desc["rules"][name]={"timing":{k:getattr(t,k,None) for k in ("tau_plus","tau_minus","A_plus","A_minus","tau_x","tau_y","alpha","tau")},"weight":{k:getattr(w,k,None) for k in ("w_min","w_max","A_plus","A_minus","A3_plus","A3_minus")},"backprop_delay":bp,"weights_ulp_by_read":[]}
for k in range(STEPS//CH):
    sim.run(CH)
    for name,(p,pr) in P.items():
        a=np.zeros((NPRE,NPOST));
        for x in pr.get("weight","list"): a[int(x[0]),int(x[1])]=x[2]
        desc["rules"][name]["weights_ulp_by_read"].append((a*ONE).round(6).tolist())
for name,(p,pr) in P.items():
    d=p.get_data().segments[0]; r=save_spikes("stdp_"+name+"_spikes",d.spiketrains); save_matrix("stdp_"+name+"_v",d.filter(name="v")[0]); print(name,len(r))
json.dump(desc,open(f"{OUT}/stdp.json","w"),indent=1,default=float)
sim.end()
