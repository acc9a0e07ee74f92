# SPDX-License-Identifier: Apache-2.0
# One network, one population of 8 neurons per neuron model, all with the same stimulus; 1 ms step, 200 steps.
from vectors import *
X=sim.extra_models
EXC=[2,10,11,12,30,31,50,51,52,53,80,120,121,150]; INH=[20,55,56,100,101,122]
STEPS=200; N=8
sim.setup(timestep=1.0)
se=sim.Population(1,sim.SpikeSourceArray([EXC]),label="exc"); si=sim.Population(1,sim.SpikeSourceArray([INH]),label="inh")
lif=dict(cm=1.0,tau_m=20.0,tau_refrac=2.0,v_reset=-70.0,v_rest=-65.0,v_thresh=-50.0,i_offset=0.0)
io=[0.0,0.1,0.25,0.5,0.8,1.0,1.5,-0.5]
def w(scale): return [round(scale*k,4) for k in (0.3,0.5,0.75,1.0,1.3,1.7,2.2,3.1)]
models={
 "IF_curr_exp":(sim.IF_curr_exp,dict(lif,tau_syn_E=5.0,tau_syn_I=7.0),dict(i_offset=io),w(2.0),w(1.0),{}),
 "IF_cond_exp":(sim.IF_cond_exp,dict(lif,tau_syn_E=5.0,tau_syn_I=7.0,e_rev_E=0.0,e_rev_I=-70.0),dict(i_offset=io),w(0.03),w(0.05),{}),
 "IF_curr_alpha":(sim.IF_curr_alpha,dict(lif,tau_syn_E=5.0,tau_syn_I=7.0),dict(i_offset=io),w(4.0),w(2.0),{}),
 "IF_curr_delta":(sim.IF_curr_delta,dict(lif),dict(i_offset=io),w(4.0),w(2.0),{}),
 "Izhikevich":(sim.Izhikevich,dict(a=0.02,b=0.2,c=-65.0,d=2.0,tau_syn_E=5.0,tau_syn_I=7.0),dict(i_offset=[0.0,2.0,4.0,5.0,6.0,8.0,10.0,-2.0]),w(6.0),w(3.0),{"u":True}),
 "Izhikevich_cond":(X.Izhikevich_cond,dict(a=0.1,b=0.2,c=-65.0,d=8.0,tau_syn_E=5.0,tau_syn_I=7.0,e_rev_E=0.0,e_rev_I=-70.0),dict(i_offset=[0.0,2.0,4.0,5.0,6.0,8.0,10.0,-2.0]),w(0.2),w(0.1),{"u":True}),
 "IF_curr_dual_exp":(X.IF_curr_dual_exp,dict(lif,tau_syn_E=5.0,tau_syn_E2=3.0,tau_syn_I=7.0),dict(i_offset=io),w(2.0),w(1.0),{"exc2":True}),
 "IF_curr_exp_sEMD":(X.IF_curr_exp_sEMD,dict(lif,tau_syn_E=5.0,tau_syn_E2=3.0,tau_syn_I=7.0,scaling_factor=20.0),dict(i_offset=io),w(2.0),w(1.0),{"exc2":True}),
 "IFCurrExpCa2Adaptive":(X.IFCurrExpCa2Adaptive,dict(lif,tau_syn_E=5.0,tau_syn_I=7.0,tau_ca2=50.0,i_alpha=0.3),dict(i_offset=[2*abs(x)+0.5 for x in io]),w(2.0),w(1.0),{}),
 "IFCondExpStoc":(X.IFCondExpStoc,dict(lif,tau_syn_E=5.0,tau_syn_I=7.0,e_rev_E=0.0,e_rev_I=-70.0,du_th=0.5,tau_th=20.0),dict(i_offset=io),w(0.03),w(0.05),{}),
}
only=sys.argv[1:]
desc={"package":"sPyNNaker 1!7.4.1 original binaries","timestep_ms":1.0,"steps":STEPS,"neurons":N,"exc_spike_steps":EXC,"inh_spike_steps":INH,"exc_delay":1,"inh_delay":3,"exc2_delay":2,"models":{}}
P={}
for name,(cls,pars,per,we,wi,opt) in models.items():
    if only and name not in only: continue
    p=sim.Population(N,cls(**pars),label=name,seed=1234)
    for k,v in per.items(): p.set(**{k:v})
    init={"v":-65.0}
    p.initialize(v=-65.0)
    if opt.get("u"): p.initialize(u=-13.0); init["u"]=-13.0
    pe=sim.Projection(se,p,sim.FromListConnector([(0,i,we[i],1.0) for i in range(N)]),sim.StaticSynapse(),receptor_type="excitatory")
    pi=sim.Projection(si,p,sim.FromListConnector([(0,i,wi[i],3.0) for i in range(N)]),sim.StaticSynapse(),receptor_type="inhibitory")
    p2=None
    if opt.get("exc2"): p2=sim.Projection(si,p,sim.FromListConnector([(0,i,we[i],2.0) for i in range(N)]),sim.StaticSynapse(),receptor_type="excitatory2")
    p.record(["v","gsyn_exc","gsyn_inh","spikes"])
    desc["models"][name]={"params":pars,"per_neuron":per,"initial":init,"exc_weights":we,"inh_weights":wi,"exc2_weights":we if p2 else None}
    P[name]=(p,pe,pi,p2)
t=time.time(); sim.run(STEPS); print("RUN",time.time()-t)
for name,(p,pe,pi,p2) in P.items():
    d=p.get_data().segments[0]
    for var in ("v","gsyn_exc","gsyn_inh"): save_matrix(f"{name}_{var}",d.filter(name=var)[0])
    n=len(save_spikes(f"{name}_spikes",d.spiketrains))
    m=desc["models"][name]
    m["exc_weights_read_back"]=[float(x[2]) for x in sorted(pe.get("weight","list"),key=lambda r:r[1])]
    m["inh_weights_read_back"]=[float(x[2]) for x in sorted(pi.get("weight","list"),key=lambda r:r[1])]
    if p2: m["exc2_weights_read_back"]=[float(x[2]) for x in sorted(p2.get("weight","list"),key=lambda r:r[1])]
    m["spike_count"]=n; print(name,n)
if not only: json.dump(desc,open(f"{OUT}/models.json","w"),indent=1,default=list)
sim.end()
