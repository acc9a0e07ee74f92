# SPDX-License-Identifier: Apache-2.0
import pyNN.spiNNaker as sim, numpy as np, json, csv, time, os, sys
OUT=os.environ.get("OUT","out"); os.makedirs(OUT,exist_ok=True)
ONE=32768
def ints(sig):
    a=np.array(sig.magnitude if hasattr(sig,'magnitude') else sig,dtype=float)*ONE
    r=np.rint(a).astype(np.int64); assert np.abs(a-r).max()<1e-6, np.abs(a-r).max(); return r
def save_matrix(name,sig):
    r=ints(sig);
    with open(f"{OUT}/{name}.csv","w") as f:
        f.write("step,"+",".join(f"n{i}" for i in range(r.shape[1]))+"\n")
        for t,row in enumerate(r): f.write(str(t)+","+",".join(map(str,row))+"\n")
    return r
def save_spikes(name,trains,ts=1.0):
    rows=sorted((int(round(float(x)/ts)),i) for i,t in enumerate(trains) for x in t)
    with open(f"{OUT}/{name}.csv","w") as f:
        f.write("step,neuron\n"); [f.write(f"{a},{b}\n") for a,b in rows]
    return rows
def seg(p,what): return p.get_data(what).segments[0]
