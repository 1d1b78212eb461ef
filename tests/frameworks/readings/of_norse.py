"""Records small networks of Norse with rests, resets and time steps; run in its environment with a FOLDER."""

import sys

import nir
import norse.torch as norse
import numpy as np
import torch
from norse.torch.functional.reset import reset_subtract

FOLDER = sys.argv[1]
torch.manual_seed(5)
ONE_EACH = ("tau", "tau_mem", "tau_syn", "r", "v_leak", "v_threshold", "v_reset", "w_in")


def record(name, first, second, dt=1):
    """dt: of the exporter, which multiplies every tau by it."""
    net = norse.SequentialState(torch.nn.Linear(12, 9), first, torch.nn.Linear(9, 4), second)
    graph = norse.to_nir(net, torch.zeros(1, 12), dt=dt)
    for node in graph.nodes.values():
        for key, value in list(vars(node).items()):
            if isinstance(value, torch.Tensor):
                setattr(node, key, value.detach().numpy())
    for name_of_node, size in (("1", 9), ("3", 4)):
        node = graph.nodes[name_of_node]
        for key in ONE_EACH:
            if getattr(node, key, None) is not None:
                setattr(node, key, np.broadcast_to(getattr(node, key), (size,)).copy())
    nir.write(f"{FOLDER}/norse_{name}.nir", graph)
    spikes = (torch.rand(25, 3, 12) < 0.3).float()
    state, fired = None, []
    with torch.no_grad():
        for step in spikes:
            out, state = net(step, state)
            fired.append(out)
    output = torch.stack(fired).numpy()
    np.savez_compressed(f"{FOLDER}/norse_{name}.npz", input=spikes.numpy().astype(np.uint8), output=output)


def made(kind, parameters, dt=1e-3, **values):
    given = {key: torch.tensor(v) if isinstance(v, float) else v for key, v in values.items()}
    return kind(parameters(**given), dt=dt)


def box(dt=1e-3, **values):
    return made(norse.LIFBoxCell, norse.LIFBoxParameters, dt, **values)


def cuba(dt=1e-3, **values):
    return made(norse.LIFCell, norse.LIFParameters, dt, **values)


record(
    "rest", box(tau_mem_inv=200.0, v_leak=0.05, v_th=0.15), box(tau_mem_inv=100.0, v_leak=-0.02, v_th=0.05)
)
record(
    "subtract",
    box(tau_mem_inv=200.0, v_th=0.1, reset_method=reset_subtract),
    box(tau_mem_inv=100.0, v_th=0.04, reset_method=reset_subtract),
)
record("10_ms", box(1e-2, tau_mem_inv=20.0, v_th=0.08), box(1e-2, tau_mem_inv=10.0, v_th=0.01))
record(
    "10_ms_usual_export",
    box(1e-2, tau_mem_inv=20.0, v_th=0.08),
    box(1e-2, tau_mem_inv=10.0, v_th=0.01),
    dt=1e-3,
)
record(
    "2_ms_cuba",
    cuba(2e-3, tau_mem_inv=75.0, tau_syn_inv=150.0, v_th=0.1),
    cuba(2e-3, tau_mem_inv=50.0, tau_syn_inv=100.0, v_th=0.02),
)
record(
    "reset_value",
    box(tau_mem_inv=200.0, v_th=0.15, v_reset=-0.2),
    box(tau_mem_inv=100.0, v_th=0.04, v_reset=-0.1),
)
