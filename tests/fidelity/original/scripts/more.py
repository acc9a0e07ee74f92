# SPDX-License-Identifier: Apache-2.0
# Current sources, recurrent rule, neuromodulation, structural plasticity, weight-dependent extras
from vectors import *
X=sim.extra_models
sim.setup(timestep=1.0)
desc={"package":"sPyNNaker 1!7.4.1 original binaries","timestep_ms":1.0,"steps":200}
lif=dict(cm=1.0,tau_m=20.0,tau_refrac=2.0,v_reset=-70.0,v_rest=-65.0,v_thresh=-50.0,tau_syn_E=5.0,tau_syn_I=5.0)
todo=[]
cs={"dc":(sim.DCSource,dict(amplitude=0.9,start=20.0,stop=150.0)),"ac":(sim.ACSource,dict(start=10.0,stop=180.0,amplitude=0.8,offset=0.3,frequency=10.0,phase=30.0)),
 "step":(sim.StepCurrentSource,dict(times=[10.0,50.0,90.0,130.0],amplitudes=[0.4,0.9,-0.5,1.2])),"noisy":(sim.NoisyCurrentSource,dict(mean=0.6,stdev=0.3,start=20.0,stop=170.0,dt=1.0))}
for n,(c,k) in cs.items():
    try:
        p=sim.Population(3,sim.IF_curr_exp(**lif),label="cs_"+n,seed=9); p.initialize(v=-65.0); s=c(**k); p.inject(s) if hasattr(p,"inject") else s.inject_into([p])
        p.record(["v","spikes"]); todo.append(("current_"+n,p)); desc["current_"+n]=dict(params=k,cell=lif,population_seed=9)
    except Exception as e: print("SKIP",n,repr(e))
# recurrent rule, neuromodulation
pre=[[10,30,31,60,150,151],[12,40,95,96,180],[5,6,7,120]]; teach=[[15,16,50,100,155],[20,33,70,110,185],[8,9,90,130]]
a=sim.Population(3,sim.SpikeSourceArray(pre)); t=sim.Population(3,sim.SpikeSourceArray(teach)); rw=sim.Population(1,sim.SpikeSourceArray([[40,130,160]]))
desc["plastic"]={"pre":pre,"teacher":teach,"reward":[40,130,160],"initial_weight":0.4,"delay":1,"teacher_weight":40.0}
pl={}
try:
    p=sim.Population(3,sim.IF_curr_exp(**lif),label="recurrent",seed=21); p.initialize(v=-65.0); sim.Projection(t,p,sim.OneToOneConnector(),sim.StaticSynapse(weight=40.0,delay=1))
    pl["recurrent"]=sim.Projection(a,p,sim.AllToAllConnector(),sim.STDPMechanism(timing_dependence=X.RecurrentRule(accumulator_depression=-6,accumulator_potentiation=6,mean_pre_window=35.0,mean_post_window=35.0,dual_fsm=True,A_plus=0.2,A_minus=0.2),weight_dependence=sim.MultiplicativeWeightDependence(w_min=0.0,w_max=1.0),weight=0.4,delay=1)); p.record(["spikes"]); todo.append(("recurrent",p))
except Exception as e: print("SKIP recurrent",repr(e))
try:
    p=sim.Population(3,sim.IF_curr_exp(**lif),label="neuromod",seed=22); p.initialize(v=-65.0); sim.Projection(t,p,sim.OneToOneConnector(),sim.StaticSynapse(weight=40.0,delay=1))
    pl["neuromodulated"]=sim.Projection(a,p,sim.AllToAllConnector(),sim.STDPMechanism(timing_dependence=sim.SpikePairRule(tau_plus=20.0,tau_minus=15.0,A_plus=0.5,A_minus=0.4),weight_dependence=sim.AdditiveWeightDependence(w_min=0.0,w_max=1.0),weight=0.4,delay=1))
    sim.Projection(rw,p,sim.AllToAllConnector(),X.Neuromodulation(weight=0.5,tau_c=100.0,tau_d=20.0,w_max=1.0),receptor_type="reward"); p.record(["spikes"]); todo.append(("neuromodulated",p))
except Exception as e: print("SKIP neuromod",repr(e))
st=None
try:
    s=sim.Population(50,sim.SpikeSourcePoisson(rate=40.0),seed=3,label="st_pre"); p=sim.Population(50,sim.IF_curr_exp(**lif),seed=2,label="structural"); p.initialize(v=-65.0)
    d=sim.StructuralMechanismStatic(partner_selection=sim.RandomSelection(),formation=sim.DistanceDependentFormation(grid=[8,8],sigma_form_forward=2.0,p_form_forward=1.0,sigma_form_lateral=1.0,p_form_lateral=1.0),elimination=sim.RandomByWeightElimination(threshold=0.5,prob_elim_depressed=0.1,prob_elim_potentiated=0.02),f_rew=1000,initial_weight=2.0,initial_delay=3.0,s_max=16,seed=42)
    st=sim.Projection(s,p,sim.FixedProbabilityConnector(0.05),d); p.record(["spikes"]); todo.append(("structural",p)); s.record("spikes"); todo.append(("structural_pre",s))
except Exception as e: print("SKIP structural",repr(e))
sim.run(200)
for n,p in todo:
    seg=p.get_data().segments[0]; print(n,len(save_spikes(n+"_spikes",seg.spiketrains)))
    f=seg.filter(name="v")
    if f: save_matrix(n+"_v",f[0])
    if n=="xx":
        try:
            ev=seg.events; print([e.name for e in ev]); rows=[(float(t),e.name,str(l)) for e in ev for t,l in zip(e.times.magnitude,e.labels)]
            with open(f"{OUT}/structural_rewiring.csv","w") as fo: fo.write("ms,kind,text\n"); [fo.write(f"{a},{b},{c}\n") for a,b,c in sorted(rows)]
            print("rewiring events",len(rows))
        except Exception as e: print("rewiring",repr(e))
for n,pr in pl.items(): desc["plastic"][n+"_weights_ulp"]=[[int(x[0]),int(x[1]),float(x[2])*ONE] for x in sorted(pr.get("weight","list"),key=lambda r:(r[0],r[1]))]; print(n,desc["plastic"][n+"_weights_ulp"][:4])
if st is not None:
    l=sorted([int(a),int(b),float(w),float(x)] for a,b,w,x in st.get(["weight","delay"],"list"))
    with open(f"{OUT}/structural_connections_at_200.csv","w") as fo: fo.write("pre,post,weight,delay_ms\n"); [fo.write(",".join(map(str,r))+"\n") for r in l]
    print("connections",len(l))
json.dump(desc,open(f"{OUT}/more.json","w"),indent=1,default=float)
sim.end()
