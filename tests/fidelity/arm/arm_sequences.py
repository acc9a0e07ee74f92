# SPDX-License-Identifier: Apache-2.0
"""Random ARM and Thumb instruction sequences that stay within what the architecture defines.

Conventions of a sequence: r12 (ARM) or r7 (Thumb) points into a window of DTCM and stays a multiple
of four, as does r13; r10 (ARM) or r6 (Thumb) is a small multiple of four used as an index; r11
counts loops. Everything else is free. Branches go forward, or back in a counted loop.
"""

import random
import struct

WINDOW_BASE = 0x0040_7000
WINDOW_BYTES = 0x2000
CODE_BYTES = 192
THUMB = 1
FREE = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14]
ANY = FREE + [10, 11, 12, 13]

INTERESTING = [
    0,
    1,
    2,
    31,
    32,
    33,
    64,
    255,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFF,
]


def value(rng):
    """A register value, edge cases often."""
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(INTERESTING)
    if kind < 0.5:
        return rng.getrandbits(8)
    return rng.getrandbits(32)


def registers(rng):
    """r0 to r14 at the start."""
    r = [value(rng) for _ in range(15)]
    r[10] = rng.randrange(8) * 4
    r[6] = rng.randrange(8) * 4
    r[12] = WINDOW_BASE + WINDOW_BYTES // 2
    r[7] = WINDOW_BASE + WINDOW_BYTES // 2 + 512
    r[13] = WINDOW_BASE + WINDOW_BYTES // 2 - 1024
    return r


class Arm:
    """Generates ARM instructions; `words` is what has been written."""

    def __init__(self, rng):
        self.rng = rng
        self.words = []

    def condition(self):
        return 14 if self.rng.random() < 0.65 else self.rng.randrange(14)

    def emit(self, word, condition=None):
        condition = self.condition() if condition is None else condition
        self.words.append(condition << 28 | word)

    def data(self):
        rng = self.rng
        op = rng.randrange(16)
        s = 1 if 8 <= op <= 11 else rng.randrange(2)
        rd = 0 if 8 <= op <= 11 else rng.choice(FREE)
        rn = rng.choice([*ANY, 15])
        kind = rng.random()
        if kind < 0.35:
            operand = 1 << 25 | rng.getrandbits(12)
        elif kind < 0.75:
            operand = rng.getrandbits(5) << 7 | rng.randrange(4) << 5 | rng.choice([*ANY, 15])
            if rng.random() < 0.4:
                operand &= 0xF
        else:
            rn = rng.choice(ANY)
            operand = rng.choice(ANY) << 8 | rng.randrange(4) << 5 | 0x10 | rng.choice(ANY)
        if op in (13, 15):
            rn = 0
        self.emit(op << 21 | s << 20 | rn << 16 | rd << 12 | operand)

    def multiply(self):
        rng = self.rng
        kind = rng.randrange(4)
        rm, rs = rng.choice(ANY), rng.choice(ANY)
        low, high = rng.sample(FREE, 2)
        if kind == 0:
            high = rng.choice([r for r in FREE if r != rm])
            accumulate = rng.randrange(2)
            self.emit(
                accumulate << 21
                | rng.randrange(2) << 20
                | high << 16
                | (rng.choice(ANY) if accumulate else 0) << 12
                | rs << 8
                | 0x90
                | rm
            )
        elif kind == 1:
            rm = rng.choice([r for r in ANY if r not in (low, high)])
            self.emit(
                rng.randrange(4, 8) << 21
                | rng.randrange(2) << 20
                | high << 16
                | low << 12
                | rs << 8
                | 0x90
                | rm
            )
        elif kind == 2:
            op, halves = rng.randrange(4), rng.randrange(4)
            if op == 3 or (op == 1 and halves & 1):  # no accumulator
                low = 0
            self.emit(0x0100_0080 | op << 21 | high << 16 | low << 12 | rs << 8 | halves << 5 | rm)
        elif rng.random() < 0.4:
            self.emit(0x0160_0010 | high << 12 | 0xF0F00 | rm)
        else:
            self.emit(0x0100_0050 | rng.randrange(4) << 21 | rs << 16 | high << 12 | rm)

    def transfer(self):
        rng = self.rng
        load, p, u = rng.randrange(2), rng.randrange(2), rng.randrange(2)
        w = rng.randrange(2) if p else 0
        moves = w or not p
        rd = rng.choice(FREE)
        base = 12
        kind = rng.random()
        if kind < 0.45:
            byte = rng.randrange(2)
            offset = rng.randrange(0, 128, 4)
            if byte and not moves:
                offset += rng.randrange(4)
            self.emit(
                1 << 26
                | p << 24
                | u << 23
                | byte << 22
                | w << 21
                | load << 20
                | base << 16
                | rd << 12
                | offset
            )
        elif kind < 0.6:
            shift = rng.choice([0, 0, 1 << 7, 2 << 7, 3 << 7, 1 << 5 | 1 << 7, 2 << 5 | 1 << 7])
            byte = 1 if shift in (0xA0, 0xC0) else rng.randrange(2)
            if shift in (0xA0, 0xC0):
                p, w = 1, 0
            self.emit(
                3 << 25
                | p << 24
                | u << 23
                | byte << 22
                | w << 21
                | load << 20
                | base << 16
                | rd << 12
                | shift
                | 10
            )
        else:
            sh = rng.choice([1, 2, 3])
            double = not load and sh != 1
            if double:
                rd = rng.choice([0, 2, 4, 8])
                self.doublewords(sh, p, u, w, rd)
                return
            offset = rng.randrange(0, 128, 4)
            if not moves:
                offset += 2 if sh != 2 else rng.randrange(4)
            if rng.random() < 0.3:
                encoded = 10
            else:
                encoded = 1 << 22 | (offset >> 4) << 8 | offset & 15
            self.emit(
                p << 24
                | u << 23
                | w << 21
                | load << 20
                | base << 16
                | rd << 12
                | encoded
                | 0x90
                | sh << 5
            )

    def doublewords(self, sh, p, u, w, rd):
        """LDRD and STRD want multiples of eight: by way of a base of their own."""
        rng = self.rng
        self.emit(0x03C0_0007 | 12 << 16 | 14 << 12, 14)  # bic r14, r12, #7
        offset = rng.randrange(0, 128, 8)
        self.emit(
            p << 24
            | u << 23
            | 1 << 22
            | w << 21
            | 14 << 16
            | rd << 12
            | (offset >> 4) << 8
            | 0x90
            | sh << 5
            | offset & 15
        )

    def block(self):
        rng = self.rng
        load = rng.randrange(2)
        base = rng.choice([12, 13])
        allowed = sum(1 << r for r in FREE) if load else 0x7FFF & ~(1 << base)
        bits = rng.getrandbits(16) & rng.getrandbits(16) & allowed or 1
        self.emit(
            4 << 25
            | rng.randrange(4) << 23
            | rng.randrange(2) << 21
            | load << 20
            | base << 16
            | bits
        )

    def swap(self):
        rng = self.rng
        self.emit(
            0x0100_0090
            | rng.randrange(2) << 22
            | 12 << 16
            | rng.choice(FREE) << 12
            | rng.choice([r for r in ANY if r != 12])
        )

    def status(self):
        rng = self.rng
        if rng.random() < 0.5:
            self.emit(0x010F_0000 | rng.choice(FREE) << 12)
        elif rng.random() < 0.5:
            self.emit(0x0128_F000 | rng.choice(FREE))
        else:
            self.emit(0x0328_F000 | rng.randrange(16) << 8 | rng.getrandbits(8))

    def constant(self):
        """PC-relative load, from the sequence's own code."""
        self.emit(0x051F_0000 | self.rng.choice(FREE) << 12 | 8 + 4 * self.rng.randrange(2))

    def any(self):
        kind = self.rng.random()
        if kind < 0.45:
            self.data()
        elif kind < 0.58:
            self.multiply()
        elif kind < 0.8:
            self.transfer()
        elif kind < 0.9:
            self.block()
        elif kind < 0.92:
            self.swap()
        elif kind < 0.96:
            self.status()
        else:
            self.constant()

    def skip(self):
        """A forward branch over a few instructions."""
        where = len(self.words)
        self.words.append(0)
        for _ in range(self.rng.randrange(1, 4)):
            self.any()
        link = self.rng.random() < 0.2
        offset = len(self.words) - where - 2
        self.words[where] = self.condition() << 28 | (5 << 25) | link << 24 | offset & 0xFF_FFFF

    def loop(self):
        """mov r11, #n; body; subs r11, r11, #1; bne body"""
        self.emit(0x03A0_B000 | self.rng.randrange(1, 4), 14)
        start = len(self.words)
        for _ in range(self.rng.randrange(1, 5)):
            self.any()
        self.emit(0x025B_B001, 14)
        self.emit(5 << 25 | (start - len(self.words) - 2) & 0xFF_FFFF, 1)

    def thumb_island(self):
        """mov r7, r12; mov r6, r10; add r9, pc, #1; bx r9; Thumb code; bx pc and back."""
        self.emit(0x01A0_700C, 14)
        self.emit(0x01A0_600A, 14)
        self.emit(0x028F_9001, 14)
        self.emit(0x012F_FF19, 14)
        thumb = Thumb(self.rng)
        for _ in range(self.rng.randrange(1, 6)):
            thumb.any()
        if len(thumb.halves) % 2:
            thumb.halves.append(0x1C00)
        thumb.halves += [0x4778, 0x1C00]
        code = struct.pack(f"<{len(thumb.halves)}H", *thumb.halves)
        self.words += struct.unpack(f"<{len(code) // 4}I", code)

    def sequence(self):
        while len(self.words) < 30:
            kind = self.rng.random()
            if kind < 0.06:
                self.skip()
            elif kind < 0.1:
                self.loop()
            elif kind < 0.13:
                self.thumb_island()
            else:
                self.any()
            if self.rng.random() < 0.07:
                break
        return struct.pack(f"<{len(self.words)}I", *self.words)


class Thumb:
    """Generates Thumb instructions; `halves` is what has been written."""

    LOW = [0, 1, 2, 3, 4, 5]

    def __init__(self, rng):
        self.rng = rng
        self.halves = []

    def emit(self, half):
        self.halves.append(half)

    def any(self):
        rng = self.rng
        rd = rng.choice(self.LOW)
        rm, rn = rng.randrange(8), rng.randrange(8)
        kind = rng.randrange(12)
        if kind == 0:
            self.emit(rng.randrange(3) << 11 | rng.getrandbits(5) << 6 | rm << 3 | rd)
        elif kind == 1:
            self.emit(3 << 11 | rng.randrange(4) << 9 | rn << 6 | rm << 3 | rd)
        elif kind == 2:
            self.emit(1 << 13 | rng.randrange(4) << 11 | rd << 8 | rng.getrandbits(8))
        elif kind in (3, 4):
            op = rng.choice([o for o in range(16) if o != 13 or rm != rd])
            self.emit(0x4000 | op << 6 | rm << 3 | rd)
        elif kind == 5:
            op = rng.randrange(3)
            high = rng.choice([8, 9, 14, rd])
            source = rng.choice([8, 9, 10, 11, 12, 13, 14, 15, rm])
            if op == 1:
                source = rng.choice([8, 9, 10, 12])
            if high < 8 and source < 8:
                high = 8
            self.emit(0x4400 | op << 8 | (high >> 3) << 7 | source << 3 | high & 7)
        elif kind == 6:
            self.emit(0x5000 | rng.randrange(8) << 9 | 6 << 6 | 7 << 3 | rd)
        elif kind == 7:
            self.emit(
                rng.choice([0x6000, 0x6800, 0x7000, 0x7800, 0x8000, 0x8800])
                | rng.getrandbits(5) << 6
                | 7 << 3
                | rd
            )
        elif kind == 8:
            self.emit(0x9000 | rng.randrange(2) << 11 | rd << 8 | rng.randrange(32))
        elif kind == 9:
            self.emit(0xA000 | rng.randrange(2) << 11 | rd << 8 | rng.getrandbits(8))
        elif kind == 10:
            if rng.random() < 0.3:
                self.emit(0xB000 | rng.randrange(2) << 7 | rng.randrange(8))
            elif rng.random() < 0.5:
                self.emit(0xB400 | rng.randrange(2) << 8 | (rng.getrandbits(8) or 1))
            else:
                self.emit(0xBC00 | (rng.getrandbits(6) or 1))
        else:
            load = rng.randrange(2)
            self.emit(0xC000 | load << 11 | 7 << 8 | (rng.getrandbits(6) or 1))

    def skip(self):
        where = len(self.halves)
        self.halves.append(0)
        for _ in range(self.rng.randrange(1, 4)):
            self.any()
        offset = len(self.halves) - where - 2
        if self.rng.random() < 0.7:
            self.halves[where] = 0xD000 | self.rng.randrange(14) << 8 | offset & 0xFF
        else:
            self.halves[where] = 0xE000 | offset & 0x7FF

    def call(self):
        """bl over a few instructions."""
        where = len(self.halves)
        self.halves += [0, 0]
        for _ in range(self.rng.randrange(1, 4)):
            self.any()
        self.halves[where] = 0xF000
        self.halves[where + 1] = 0xF800 | len(self.halves) - where - 2

    def constant(self):
        self.emit(0x4800 | self.rng.choice(self.LOW) << 8 | self.rng.randrange(2))

    def sequence(self):
        while len(self.halves) < 60:
            kind = self.rng.random()
            if kind < 0.08:
                self.skip()
            elif kind < 0.1:
                self.call()
            elif kind < 0.12:
                self.constant()
            else:
                self.any()
            if self.rng.random() < 0.05:
                break
        return struct.pack(f"<{len(self.halves)}H", *self.halves)


def case(rng):
    """Returns (address with Thumb bit, cpsr, r0..r14, code padded to CODE_BYTES, code length)."""
    thumb = rng.random() < 0.4
    code = (Thumb if thumb else Arm)(rng).sequence()
    end = len(code)
    # A branch to itself ends the sequence, and whatever is read behind it is defined.
    code += struct.pack("<H", 0xE7FE) if thumb else struct.pack("<I", 0xEAFF_FFFE)
    code = code.ljust(CODE_BYTES, b"\0")
    assert len(code) == CODE_BYTES, "sequence too long"
    address = 0x1000 + 256 * rng.randrange(64)
    cpsr = rng.getrandbits(5) << 27 | 0xDF
    return address | thumb, cpsr, registers(rng), code, end


def cases(seed, count):
    rng = random.Random(seed)
    return [case(rng) for _ in range(count)]
