# SPDX-License-Identifier: Apache-2.0
"""Colours and sizes of all cards, under the class `sl` only: a page keeps its own.

JupyterLab says which theme it has in `data-jp-theme-light` of the body; elsewhere the system does.
"""

LIGHT = """--panel:#fff;--sunken:#eaeef0;--line:#d5dce1;--text:#16202a;--text-2:#4b5964;
--text-3:#5f6d78;--accent:#0b686e;--ok:#19703a;--warn:#845400;--error:#b3211f;--off:#8b969f;
--plot-axis:#7d8993;--plot-grid:#e6ebee;--s1:#0a5ca8;--s2:#c4480f;--s3:#1aa77a;--s4:#a468ea;
--s5:#5c3f02;--s6:#8f4260;--s7:#4482a1;--s8:#2f2722"""
DARK = """--panel:#151b21;--sunken:#0a0e12;--line:#2a343d;--text:#e7ecf0;--text-2:#acb8c2;
--text-3:#8f9ca7;--accent:#5ccbc9;--ok:#72d292;--warn:#f0c04f;--error:#ff8f85;--off:#6f7d89;
--plot-axis:#6f7d89;--plot-grid:#222b33;--s1:#74aef6;--s2:#f0743c;--s3:#bdf2c7;--s4:#727dfa;
--s5:#fae031;--s6:#d696ad;--s7:#91d7fc;--s8:#818181"""
FRAME = """
.sl{border:1px solid var(--line);border-radius:6px;background:var(--panel);color:var(--text);
max-width:960px;overflow:hidden;font:14px/20px "Source Sans 3","Segoe UI",system-ui,"Noto Sans",
"Liberation Sans",sans-serif;container-type:inline-size}
.sl *{box-sizing:border-box}
.sl .h{display:flex;flex-wrap:wrap;align-items:center;gap:4px 12px;padding:8px 14px;
border-bottom:1px solid var(--line)}
.sl .h b{font-size:17px;line-height:24px;font-weight:650}
.sl .h .end{margin-left:auto}
.sl .muted{color:var(--text-2)}
.sl .warn{color:var(--warn)}
.sl .two{display:grid;grid-template-columns:minmax(0,1fr) 300px}
.sl .facts{display:grid;gap:6px;align-content:start;padding:10px 14px;margin:0;
border-left:1px solid var(--line)}
.sl .facts div{display:flex;justify-content:space-between;gap:12px}
.sl .facts dt{color:var(--text-2);font-weight:400}
.sl .facts dd{margin:0;font-weight:600;text-align:right;overflow-wrap:anywhere}
.sl table{width:100%;border-collapse:collapse;margin:0;font-size:14px;table-layout:auto}
.sl table th,.sl table td{padding:3px 12px;text-align:left;border:0;
border-bottom:1px solid var(--line);background:none;color:inherit;max-width:none}
.sl table tr:last-child td{border-bottom:0}
.sl table th{color:var(--text-2);font-size:13px;font-weight:600}
.sl table .num{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.sl table .mono{font-family:"Source Code Pro",ui-monospace,"SF Mono",Consolas,"DejaVu Sans Mono",
monospace;font-size:13px}
.sl svg{display:block;max-width:100%;font:12px "Source Sans 3","Segoe UI",system-ui,"Noto Sans",
"Liberation Sans",sans-serif}
.sl svg text{fill:var(--text-3)}
.sl .plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr))}
.sl .plots figure{margin:0;padding:8px 12px}
.sl .plots figure+figure{border-left:1px solid var(--line)}
.sl .plots figcaption{font-weight:600}
.sl .board{display:flex;flex-wrap:wrap;align-items:center;gap:18px;padding:10px 14px}
.sl .legend{display:grid;gap:5px}
.sl .legend svg,.sl .h svg{display:inline-block;vertical-align:-2px;margin-right:6px}
.sl .strip{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr))}
.sl .strip div{padding:8px 14px;border-left:1px solid var(--line);margin-left:-1px}
.sl .strip b{font-size:21px;line-height:28px;font-weight:650}
.sl .strip span{color:var(--text-2)}
.sl .live{display:grid;grid-template-columns:minmax(60px,max-content) minmax(0,1fr) 164px;
gap:6px 12px;align-items:center;padding:10px 14px}
.sl .live .name{max-width:140px;overflow:hidden;text-overflow:ellipsis}
.sl .live .name svg{display:inline-block;vertical-align:-1px;margin-right:6px}
.sl .live .rate{font-variant-numeric:tabular-nums}
.sl .live .axis{display:flex;justify-content:space-between;color:var(--text-3);font-size:12px;
border-top:1px solid var(--plot-axis);padding-top:2px}
.sl .bar{flex:1;min-width:120px;height:4px;border-radius:2px;background:var(--sunken)}
.sl .bar i{display:block;height:100%;border-radius:2px;background:var(--accent)}
.sl .note{padding:10px 14px;color:var(--text-2)}
.sl .said{padding:8px 14px;border-top:1px solid var(--line)}
.sl .said summary{cursor:pointer}
@container (max-width:700px){.sl .two{grid-template-columns:1fr}
.sl .facts{border-left:0;border-top:1px solid var(--line)}}
"""


def css() -> str:
    """One style sheet for everything that a card shows."""
    return (
        f".sl{{{LIGHT}}}"
        f'@media (prefers-color-scheme:dark){{:root:not(:has([data-jp-theme-light="true"])) '
        f".sl{{{DARK}}}}}"
        f'[data-jp-theme-light="false"] .sl{{{DARK}}}' + FRAME
    ).replace("\n", "")
