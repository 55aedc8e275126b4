"""Files that are damaged, or made up, in ways drawn from a random generator: for fuzz_files.py."""
import struct

import h5py
import numpy as np

HASH_START, HASH_FACTOR, WORD = 0xcbf29ce484222325, 0x100000001b3, 0xffffffffffffffff


def fnv(content):
    """FNV-1a, 64 bits."""
    result = HASH_START
    for byte in content:
        result = (result ^ byte) * HASH_FACTOR & WORD
    return result


def data_regions(path):
    """(offset, length) of what holds the values of datasets."""
    found = []

    def visit(_, item):
        if isinstance(item, h5py.Dataset) and not item.dtype.hasobject and item.nbytes:
            found.append((item.id.get_offset(), int(item.nbytes)))

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return found


def flip(content, places, draw, most=20):
    for _ in range(draw.randint(1, most)):
        content[draw.choice(places)] ^= 1 << draw.randrange(8)
    return content


def flip_metadata(content, regions, draw):
    outside = np.ones(len(content), dtype=bool)
    for offset, length in regions:
        outside[offset:offset + length] = False
    return flip(content, np.flatnonzero(outside).tolist(), draw)


def flip_data(content, regions, draw):
    offset, length = draw.choice(regions)
    return flip(content, range(offset, offset + length), draw)


def flip_anywhere(content, _, draw):
    return flip(content, range(len(content)), draw, 200)


def truncate(content, _, draw):
    return content[:draw.randrange(len(content))]


def zero_pages(content, _, draw):
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(content)) // 512 * 512
        length = draw.choice((512, 4096))
        content[at:at + length] = bytes(len(content[at:at + length]))
    return content


def shuffle_pages(content, _, draw):
    one, other = (draw.randrange(len(content)) // 512 * 512 for _ in range(2))
    content[one:one + 512] = content[other:other + 512].ljust(len(content[one:one + 512]), b"\0")
    return content


def extend(content, _, draw):
    return content + draw.randbytes(draw.randint(1, 10000))


def break_texts(content, loops):
    """A heap of texts over which HDF5 1.10 does not live on: it loops where free space in it has no size, and crashes where its
    first text is longer than the heap."""
    at = content.index(b"GCOL") + 16
    index, _, size = struct.unpack_from("<HxxIQ", content, at)
    struct.pack_into("<HxxIQ", content, at, *((0, 0, 0) if loops else (index, 0, size + (1 << 22))))
    return content


BYTES = [flip_metadata, flip_metadata, flip_metadata, flip_data, flip_data, flip_anywhere, truncate, zero_pages, shuffle_pages,
         extend]
NUMBERS = [0, 1, -1, 2, 7, 255, 2**31 - 1, -2**31, 2**53, 2**63 - 1, -2**63]
SHAPES = [(), (0,), (1,), (2, 2), (3, 3, 3), (1, 1, 1, 1, 1), (2**40,), (2**33, 2**31 + 1), (2**62 + 1, 4)]


def replace_dataset(file, draw):
    """Another shape, type or size in the place of a dataset."""
    name = draw.choice(datasets(file))
    old = file[name]
    shape = draw.choice([old.shape, old.shape[::-1], (*old.shape, 1), tuple(n + 1 for n in old.shape),
                         tuple(max(n - 1, 0) for n in old.shape), *SHAPES])
    kind = draw.choice(["i1", "u1", "i4", "i8", "f4", "f8", "S5", h5py.string_dtype(), "c16", np.dtype([("a", "i8"), ("b", "f8")])])
    attributes = dict(old.attrs) if draw.random() < 0.5 else {}
    del file[name]
    large = np.prod([float(n) for n in shape]) > 1e6
    how = dict(chunks=tuple(min(n, 16) or 1 for n in shape)) if large or (shape and draw.random() < 0.2) else {}
    made = file.create_dataset(name, shape, kind, **how)
    for key in ("units", "long_name", "description", "checksum"):
        if key in attributes:
            made.attrs[key] = attributes[key]


def replace_by_other(file, draw):
    """A group, a link or a dataset that is stored elsewhere in the place of a dataset or a group."""
    name = draw.choice(datasets(file) + ["kmc", "mc", "lattice", "potential"])
    if name in file:
        del file[name]
    what = draw.randrange(6)
    if what == 0:
        file.create_group(name)
    if what == 1:
        file[name] = h5py.SoftLink(draw.choice(["/", "/nowhere", f"/{name}", "/lattice"]))
    if what == 2:
        file[name] = h5py.ExternalLink(draw.choice(["/dev/zero", "/nowhere.h5", file.filename]), draw.choice(["/", f"/{name}"]))
    if what == 3:
        file.create_dataset(name, (4,), "u1", external=[("/etc/hostname", 0, 4)])
    if what == 4:
        layout = h5py.VirtualLayout((4,), "f8")
        layout[...] = h5py.VirtualSource("/nowhere.h5", "x", (4,))
        file.create_virtual_dataset(name, layout)


def change_values(file, draw):
    """Other numbers in a dataset, of which the rest stays as it is."""
    item = file[draw.choice(datasets(file))]
    if item.dtype.hasobject:
        item[0] = draw.choice(["", "x" * 10000, "\x1b[2J", "a\nb"])
        return
    values = item[()].ravel()
    for _ in range(draw.randint(1, 3)):
        limits = np.iinfo(item.dtype) if item.dtype.kind in "iu" else None
        number = draw.choice(NUMBERS) if limits else draw.choice([np.nan, np.inf, -np.inf, 0, -1, 1e300])
        values[draw.randrange(len(values))] = min(max(number, limits.min), limits.max) if limits else number
    item[...] = values.reshape(item.shape)


def change_attribute(file, draw):
    """Another value of an attribute of the file, or none."""
    name = draw.choice(["program", "version", "commit", "command", "input", "created", "tables", "format_version", "complete",
                        "checksum", "arithmetic", "algorithm"])
    value = draw.choice([*NUMBERS[:7], "x", "", "x" * 5000, "\x1b]0;x\x07", "a:\n  b: 1\n", "$(touch x):\n  `x`: ;x\n", np.arange(300),
                         np.array([b"nixe"] * 50), np.float64(1e300), np.zeros((2, 2)), h5py.Empty("f8"), None, "kmc", "mc", "potential"])
    if name in file.attrs:
        del file.attrs[name]
    if value is not None:
        file.attrs[name] = value


def change_options(file, draw):
    """Other text in the options."""
    content = file.attrs["input"]
    content = content.decode() if isinstance(content, bytes) else content
    lines = content.split("\n")
    line = draw.randrange(len(lines))
    lines[line] = draw.choice(["", lines[line] * 2, "  size: -5", "  size: 99999999999999999999", ": : :", "x" * 3000, lines[line][::-1],
                               "  sweeps: 9223372036854775807", "  replica_exchange_every: -3", "\t", "  a: \x01"])
    file.attrs["input"] = "\n".join(lines)


def change_axis(file, draw):
    """Labels and scales of a dataset are gone, or others."""
    item = file[draw.choice(datasets(file))]
    for name in ("DIMENSION_LIST", "DIMENSION_LABELS", "CLASS", "NAME", "checksum", "REFERENCE_LIST"):
        if name in item.attrs and draw.random() < 0.7:
            del item.attrs[name]
    if draw.random() < 0.5:
        item.attrs["checksum"] = draw.choice([0, -1, np.arange(9), "x", 1e99])


CHANGES = [replace_dataset, replace_dataset, replace_by_other, change_values, change_values, change_attribute, change_attribute,
           change_options, change_axis]


def datasets(file):
    found = []
    file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
    return found


def damage(source, regions, copy, draw):
    """Write a damaged copy of a file; returns how it is damaged."""
    content = source.read_bytes()
    if draw.random() < 0.55:
        way = draw.choice(BYTES)
        copy.write_bytes(way(bytearray(content), regions, draw))
        return way.__name__
    while True:
        copy.write_bytes(content)
        way = draw.choice(CHANGES)
        try:
            with h5py.File(copy, "r+") as file:
                way(file, draw)
            return way.__name__
        except (ValueError, TypeError, OSError, KeyError, RuntimeError, OverflowError):     # what h5py does not make
            continue


def restore_origin(source, copy, counters):
    """Give a damaged file back what has no checksum: the attributes that say where it comes from, and counters; returns whether it
    could be."""
    try:
        with h5py.File(source, "r") as file, h5py.File(copy, "r+") as damaged:
            for name in ("created", "version", "commit"):
                damaged.attrs[name] = file.attrs[name]
            for name in (name for name in counters if name in file):
                damaged[name][...] = file[name][()]
        return True
    except Exception:
        return False


# Checkpoints: magic, identity, number of states; of each its task, its length and its bytes; a hash.

class State:
    """The bytes of a saved state, and where its fields are: {name: (offset, format)}."""

    def __init__(self, content):
        self.content, self.at, self.fields = bytearray(content), 0, {}

    def take(self, name, form, count=1):
        size = struct.calcsize(form)
        for i in range(count):
            self.fields.setdefault(name, []).append((self.at + i * size, form))
        value = struct.unpack_from(form, self.content, self.at)[0] if count else None
        self.at += size * count
        return value

    def skip(self, name, count):
        assert 0 <= count <= len(self.content) - self.at, (name, count)     # else the fields are others than they are taken for
        self.fields.setdefault(name, []).extend((self.at + i, "<b") for i in range(count))
        self.at += count

    def row(self, quantities, hash_name):
        for _ in range(quantities):
            self.take("taken", "<q")
            self.take(hash_name, "<Q")
            self.skip("held", self.take("length held", "<Q"))


BAD = {                         # of each field, what it cannot be
    "seed": [0, 2**64 - 1], "index": [2**63, 77], "sum": [2**40, -2**63, 1], "time": [np.nan, -1.0, np.inf, 1e300],
    "events": [-1, -2**63], "stop": [5, -3], "rises": [7, -1], "complete": [1, -5], "sigma": [0, 3, -128],
    "weight": [np.nan, np.inf, 0.0, -1.0, 1e308], "taken": [-1, 2**40, 2**63 - 1, -2**63], "length held": [1, 2**40, 2**64 - 1, 2**63],
    "next time": [-1, 10**6, 2**31 - 1, -2**31], "recorded events": [-7, 2**60], "waiting": [-1, 129, 2**31 - 1, -2**31],
    "first time": [-1, 2**31 - 1, -2**31], "events before": [-5, 2**62, -2**63], "sweeps": [-1, 2**62, -2**63],
    "own sweeps": [-1, 2**62], "energy": [np.nan, np.inf, 1e300], "accepted": [-1, -2**63], "choices": [-1, -2**63],
    "field": [np.nan, np.inf, 1e300], "core": [0, 2, -100], "next choice": [np.nan, -1.0], "lane": [np.nan, 1e300, -1.0],
    "exchanges": [-1, 2**40, -2**63], "round trips": [-1, 2**62], "walker": [-1, 100, 2**31 - 1], "heading": [5, -100],
    "attempted": [-1, 2**62], "accepted exchanges": [-1, 2**62], "measured": [-1, 129, 2**31 - 1], "configuration": [0, 9],
    "hash of the row": [0], "exchanges of a face": [2**62, -2**63, 2**63 - 1], "exchanges before": [2**62, -2**63, 2**63 - 1],
}


def read_kmc(content, number, sites, faces=1, quantities=11, configurations=128, doubles=False, schedule=False):
    state = State(content)
    for name, form in (("seed", "<Q"), ("index", "<Q"), ("sum", "<q"), ("time", "<d"), ("events", "<q"), ("stop", "<q"),
                       ("rises", "<i"), ("complete", "<i")):
        state.take(name, form)
    state.skip("sigma", sites)
    if doubles:
        state.take("weight", "<d", sites)
    state.take("exchanges of a face", "<q", faces)
    if schedule:
        state.take("setting", "<i")
    state.row(quantities, "hash of the row")
    state.take("next time", "<i")
    state.take("recorded events", "<q")
    waiting = state.take("waiting", "<i")
    first, before = state.at, state.at + 4 * (configurations + 1)
    state.fields["first time"] = [(first + 4 * i, "<i") for i in range(waiting)]
    state.fields["events before"] = [(before + 8 * i, "<q") for i in range(waiting)]
    state.at = before + 8 * configurations
    state.fields["exchanges before"] = [(state.at + 8 * i, "<q") for i in range(waiting * faces)]
    state.at += 8 * configurations * faces
    state.skip("configuration", waiting * sites)
    return state


def read_mc(content, number, sites, core, members, informed, pairs, quantities=9, doubles=False):
    state = State(content)
    state.take("sweeps", "<q")
    if members > 1:
        state.take("exchanges", "<q")
        state.take("round trips", "<q")
        state.take("walker", "<i", members)
        state.skip("heading", members)
        state.take("attempted", "<q", pairs)
        state.take("accepted exchanges", "<q", pairs)
        if number % members == 0:
            state.row(4, "hash of what is in the file")
    for name, form in (("seed", "<Q"), ("index", "<Q"), ("energy", "<d"), ("own sweeps", "<q"), ("accepted", "<q"),
                       ("choices", "<q")):
        state.take(name, form)
    state.skip("core", core)
    state.take("field" if not informed else "field at last", "<d", core)
    if informed:
        state.take("next choice", "<d")
    if informed and doubles:
        padded = -(-core // 32) * 32
        state.take("weight", "<d", core)
        state.at += 8 * (padded - core)
        state.take("lane", "<d", 2 * padded // 8)
    state.row(quantities, "hash of what is in the file")
    waiting = state.take("waiting", "<i")
    state.take("measured", "<i")
    state.skip("configuration", waiting * sites)
    return state


def read_checkpoint(content):
    """(head, [[task, state], ...])."""
    count, at, states = struct.unpack_from("<q", content, 24)[0], 32, []
    for _ in range(count):
        task, length = struct.unpack_from("<qQ", content, at)
        states.append([task, content[at + 16:at + 16 + length]])
        at += 16 + length
    assert at == len(content) - 8
    return content[:24], states


def write_checkpoint(head, states, count=None):
    body = head + struct.pack("<q", len(states) if count is None else count)
    for task, state in states:
        body += struct.pack("<qQ", task, len(state)) + bytes(state)
    return body + struct.pack("<Q", fnv(body))


def craft(content, read, draw):
    """A checkpoint with the right hash that says what cannot be; returns it and what is wrong."""
    head, states = read_checkpoint(content)
    which = draw.randrange(len(states))
    way = draw.randrange(12)
    if way == 0:
        return write_checkpoint(head, states, draw.choice([-1, 2**62, -2**63, len(states) + 1])), "count"
    if way == 1:
        states[which][1] = states[which][1][:draw.randrange(1, len(states[which][1]))]
        return write_checkpoint(head, states), "a short state"
    if way == 2:
        states[which][1] += draw.randbytes(draw.randint(1, 100))
        return write_checkpoint(head, states), "a long state"
    if way == 3:
        body = bytearray(write_checkpoint(head, states)[:-8])
        struct.pack_into("<Q", body, 40, draw.choice([2**64 - 1, 2**63, 2**40, 0]))
        return bytes(body) + struct.pack("<Q", fnv(body)), "length"
    state = read(states[which][1], states[which][0])
    assert state.at == len(state.content), (state.at, len(state.content))
    name = draw.choice([field for field, places in state.fields.items() if places and field in BAD])
    offset, form = draw.choice(state.fields[name])
    value = draw.choice(BAD[name])
    if form == "<b":
        value = max(min(value, 127), -128) if name != "held" else value
    before = bytes(state.content)
    struct.pack_into(form, state.content, offset, value & WORD if form == "<Q" else value)
    states[which][1] = state.content
    return write_checkpoint(head, states), name if bytes(state.content) != before else "nothing"
