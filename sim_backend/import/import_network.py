#!/usr/bin/env python3
"""Turn a spiking network of SpikingJelly or snnTorch into a weights file for Evoke.

The parameters come as a state dict: a .pt or .pth file (torch.save(model.state_dict(), PATH);
read with torch, which only then has to be installed), or a .safetensors file (read without).

A plain network, its layers in order; each is a map, a batch norm where the state dict has one, and
LIF neurons. Pooling is of the spikes before a layer:

  import_network.py model.pt out.safetensors --layers conv:32 average2 conv:64 average2 linear:10

SpikingJelly's spiking_resnet18 (MANGO's network), where class neurons follow the last layer:

  import_network.py resnet.pt out.safetensors --resnet18 64

Then put out.safetensors into the server's or the simulation's folder of models and look at it:
evoke-sim describe --model out
"""
import argparse
import hashlib
import json
import math
import pathlib
import re
import struct
import sys

# What a neuron of the library does by default, as Evoke's names for it (sim_backend/networks/lif.h).
LIBRARIES = {
    "spikingjelly": {"decay_input": True, "reset": "zero"},
    "snntorch": {"decay_input": False, "reset": "subtract_delayed"},
}


class Problem(Exception):
    """Something to tell the user."""


class Array:
    """Shape and values, row-major, of one parameter."""

    def __init__(self, shape, values):
        self.shape = list(shape)
        self.values = list(values)


def natural(name):
    """Sorts layer2 before layer10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def read_torch(path):
    try:
        import torch
    except ImportError:
        raise Problem(f"{path}: torch is needed to read it; install it, or save the state dict "
                      "with safetensors.torch.save_file") from None
    state = torch.load(path, map_location="cpu")
    if hasattr(state, "state_dict"):
        state = state.state_dict()
    if "state_dict" in state:
        state = state["state_dict"]
    return {name: Array(t.shape, t.detach().double().flatten().tolist())
            for name, t in state.items() if hasattr(t, "detach")}


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    arrays = {}
    for name in sorted((n for n in header if n != "__metadata__"), key=natural):
        entry = header[name]
        begin, end = entry["data_offsets"]
        kinds = {"F32": "f", "F16": "e", "F64": "d", "I64": "q"}
        if entry["dtype"] not in kinds:
            raise Problem(f"{path}: {name} has type {entry['dtype']}; save it as float32")
        kind = kinds[entry["dtype"]]
        raw = data[8 + length + begin:8 + length + end]
        arrays[name] = Array(entry["shape"],
                             struct.unpack(f"<{len(raw) // struct.calcsize(kind)}{kind}", raw))
    return arrays


def read_state(path):
    if not pathlib.Path(path).is_file():
        raise Problem(f"{path}: no such file")
    return read_safetensors(path) if path.endswith(".safetensors") else read_torch(path)


def branch(source, kind, pool="none", norm=True, bias=False, kernel=3, stride=1, padding=1):
    result = {"source": source, "pool": pool, "map": kind, "norm": norm, "bias": bias}
    if kind == "convolution":
        result.update(kernel=kernel, stride=stride, padding=padding)
    return result


def modules(state):
    """The parts of a plain network in order: [name, has a bias, name of its norm or None]."""
    found = []
    for name, array in state.items():
        stem = name.rpartition(".")[0]
        if name.endswith(".weight") and len(array.shape) in (2, 4):
            found.append([stem, stem + ".bias" in state, None])
        elif name.endswith(".running_mean"):
            if not found:
                raise Problem(f"{name}: a norm before the first map can't be imported")
            found[-1][2] = stem
    return found


def plain_network(words, state):
    parts = modules(state)
    layers, names = [], {}
    source, pool, convolutions = "image", "none", 0
    for word in words:
        if word in ("average2", "max3", "global_average"):
            pool = word
            continue
        match = re.fullmatch(r"(conv|linear):(\d+)(?:,kernel=(\d+))?(?:,stride=(\d+))?(?:,padding=(\d+))?",
                             word)
        if not match:
            raise Problem(f"--layers: {word} is not conv:CHANNELS[,kernel=K][,stride=S][,padding=P], "
                          "linear:CHANNELS, average2, max3 or global_average")
        if not parts:
            raise Problem(f"--layers: the state dict has no parameters for {word}")
        theirs, bias, norm = parts.pop(0)
        kind, channels = match[1], int(match[2])
        kernel = int(match[3] or 3)
        options = {"bias": bias, "norm": norm is not None, "pool": pool}
        if kind == "conv":
            convolutions += 1
            name = f"conv{convolutions}"
            options.update(kernel=kernel, stride=int(match[4] or 1),
                           padding=int(match[5]) if match[5] else kernel // 2)
        else:
            name = f"linear{len(layers) + 1}"
        layers.append({"name": name, "channels": channels, "branches": [
            branch(source, "convolution" if kind == "conv" else "linear", **options)]})
        names[name] = (theirs, norm)
        source, pool = name, "none"
    if parts:
        raise Problem(f"--layers: nothing takes the parameters of {', '.join(p[0] for p in parts)}")
    if not layers:
        raise Problem("--layers: give at least one layer")
    last = layers[-1]
    names["class"] = names.pop(last["name"])
    last["name"] = "class"
    return layers, names


def resnet18(width):
    layers = [{"name": "conv1", "channels": width,
               "branches": [branch("image", "convolution", kernel=7, stride=2, padding=3)]}]
    names = {"conv1": ("conv1", "bn1")}
    source, channels, pool = "conv1", width, "max3"
    for stage in range(4):
        for block in range(2):
            theirs = f"layer{stage + 1}.{block}"
            stride = 2 if stage > 0 and block == 0 else 1
            wide = width << stage
            first, second = theirs + ".1", theirs + ".2"
            if stride != 1 or channels != wide:
                shortcut = branch(source, "convolution", pool=pool, kernel=1, stride=stride, padding=0)
                names[second + ".shortcut"] = (theirs + ".downsample.0", theirs + ".downsample.1")
            else:
                shortcut = branch(source, "identity", pool=pool, norm=False)
            layers.append({"name": first, "channels": wide,
                           "branches": [branch(source, "convolution", pool=pool, stride=stride)]})
            layers.append({"name": second, "channels": wide,
                           "branches": [branch(first, "convolution"), shortcut]})
            names[first] = (theirs + ".conv1", theirs + ".bn1")
            names[second] = (theirs + ".conv2", theirs + ".bn2")
            source, channels, pool = second, wide, "none"
    layers.append({"name": "class", "channels": 10, "branches": [
        branch(source, "linear", pool="global_average", norm=False, bias=True)]})
    names["class"] = ("fc", None)
    return layers, names


def collect(layers, names, state):
    """Our arrays by our names."""
    arrays = {}

    def take(ours, theirs):
        if theirs not in state:
            raise Problem(f"the state dict has no {theirs} for {ours}; it has {', '.join(state)}")
        arrays[ours] = state[theirs]

    for layer in layers:
        for number, part in enumerate(layer["branches"]):
            prefix = layer["name"] + (".shortcut" if number else "")
            if part["map"] == "identity":
                continue
            theirs, norm = names[prefix]
            take(prefix + ".weight", theirs + ".weight")
            if part["bias"]:
                take(prefix + ".bias", theirs + ".bias")
            if part["norm"]:
                for field in ("weight", "bias", "running_mean", "running_var"):
                    take(f"{prefix}.norm.{field}", f"{norm}.{field}")
            if number == 0:
                channels = arrays[prefix + ".weight"].shape[0]
                if layer["name"] == "class":
                    layer["channels"] = channels
                if channels != layer["channels"]:
                    raise Problem(f"{theirs}.weight has {channels} channels; {prefix} is to have "
                                  f"{layer['channels']}")
    return arrays


def write(path, architecture, arrays, half):
    """A safetensors file with the check sums of common/weights_file.h."""
    data = bytearray()
    header = {}
    kind = ("F16", "e") if half else ("F32", "f")
    for name in sorted(arrays):
        array = arrays[name]
        if not all(math.isfinite(value) for value in array.values):
            raise Problem(f"{name} holds a value that is not finite")
        begin = len(data)
        # Norms keep their precision: there are few of them.
        wide = half and len(array.shape) < 2
        dtype, code = ("F32", "f") if wide else kind
        try:
            data += struct.pack(f"<{len(array.values)}{code}", *array.values)
        except OverflowError:
            raise Problem(f"{name} holds a value too large for half precision; drop --half") from None
        header[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": [begin, len(data)]}
    metadata = {"evoke.kind": "layered_network", "evoke.config": json.dumps(architecture),
                "evoke.data_sha256": hashlib.sha256(data).hexdigest()}
    header["__metadata__"] = metadata

    def dump():
        return json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    metadata["evoke.header_sha256"] = hashlib.sha256(dump()).hexdigest()
    text = dump()
    temporary = pathlib.Path(path + ".part")
    temporary.write_bytes(struct.pack("<Q", len(text)) + text + data)
    temporary.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("state", help="the state dict: .pt, .pth or .safetensors")
    parser.add_argument("out", help="the weights file to write, NAME.safetensors")
    shape = parser.add_mutually_exclusive_group(required=True)
    shape.add_argument("--layers", nargs="+", metavar="LAYER",
                       help="conv:CHANNELS[,kernel=3][,stride=1][,padding=1], linear:CHANNELS, and "
                            "average2, max3, global_average before the layer that they pool for")
    shape.add_argument("--resnet18", type=int, metavar="WIDTH",
                       help="SpikingJelly's spiking_resnet18 with this many channels first")
    parser.add_argument("--library", choices=sorted(LIBRARIES), default="spikingjelly",
                        help="whose neurons: LIFNode, or snnTorch's Leaky (default: %(default)s)")
    parser.add_argument("--tau", type=float, default=2, help="time constant in steps; snnTorch: "
                        "1 / (1 - beta) (default: %(default)s)")
    parser.add_argument("--threshold", type=float, default=1, help="(default: %(default)s)")
    parser.add_argument("--image-size", type=int, default=32, help="side in pixels (default: %(default)s)")
    parser.add_argument("--mean", type=float, nargs=3, default=[0, 0, 0],
                        help="taken off display values / 255, red green blue (default: 0 0 0)")
    parser.add_argument("--deviation", type=float, nargs=3, default=[1, 1, 1],
                        help="that they are then divided by (default: 1 1 1)")
    parser.add_argument("--steps", type=int, default=50, help="of a response (default: %(default)s)")
    parser.add_argument("--step-ms", type=float, default=2, help="(default: %(default)s)")
    parser.add_argument("--norm-epsilon", type=float, default=1e-5, help="(default: %(default)s)")
    parser.add_argument("--half", action="store_true", help="weights in half precision: exact in the "
                        "simulation, half the size, but rounded")
    args = parser.parse_args()
    try:
        state = read_state(args.state)
        layers, names = resnet18(args.resnet18) if args.resnet18 else plain_network(args.layers, state)
        arrays = collect(layers, names, state)
        architecture = {
            "family": "resnet18" if args.resnet18 else "imported",
            "image_size": args.image_size, "neurons": "lif",
            "lif": {"tau": args.tau, "threshold": args.threshold, **LIBRARIES[args.library]},
            "train_steps": args.steps, "steps": args.steps, "step_ms": args.step_ms,
            "norm_epsilon": args.norm_epsilon, "mean": args.mean, "deviation": args.deviation,
            "layers": layers}
        write(args.out, architecture, arrays, args.half)
    except Problem as problem:
        sys.exit(f"import_network: {problem}")
    print(f"wrote {args.out}: {', '.join(layer['name'] for layer in layers)}")


if __name__ == "__main__":
    main()
