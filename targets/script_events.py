"""The part of the scripts beside a configuration that reads a stimulus, and what io_map.json says of inputs.

They run without spikec."""

from __future__ import annotations

EVENTS = '''\
def events_of(stimulus, io_map):
    """(chip steps, samples, elements) uint8, of the arrays of a stimulus and what io_map.json says of constants."""
    arrays = dict(np.load(stimulus, allow_pickle=False))
    given = {name: arrays["input" if "input" in arrays else f"input/{name}"] for name in inputs_of(io_map, arrays)}
    steps, batch = next(iter(given.values())).shape[:2]
    parts = []
    for port in io_map["inputs"]:
        part = np.zeros((steps + io_map["extra_steps"], batch, int(np.prod(port["shape"]))), dtype=np.uint8)
        if port["source"] == "constant":
            part[port["onset_step"] :] = 1
        elif port["source"] == "once":
            part[port["onset_step"] :][:1] = 1
        else:
            part[:steps] = given[port["name"]].reshape(steps, batch, -1)
        parts.append(part)
    return np.concatenate(parts, axis=2)


def inputs_of(io_map, arrays):
    names = [port["name"] for port in io_map["inputs"] if port["source"] in ("stimulus", "host")]
    missing = [name for name in names if f"input/{name}" not in arrays and not ("input" in arrays and len(names) == 1)]
    hosted = [port["name"] for port in io_map["inputs"] if port["source"] == "host" and port["name"] in names]
    if [name for name in missing or hosted if f"input/{name}" not in arrays]:
        sys.exit(f"the stimulus needs `input/<name>` with the spikes of {', '.join(missing or hosted)}")
    return names
'''
