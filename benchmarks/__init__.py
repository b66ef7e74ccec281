"""How fast skshallow is beside its peers: ``python -m benchmarks`` measures it all.

Ours and the peer run in turns in one process, and what counts is the median of the
ratios pair by pair: machines drift, ratios hold.
"""
