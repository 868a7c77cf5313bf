"""The protocols that the simulated city speaks: a reply and a shape each, found by file name."""

from __future__ import annotations

from collections.abc import Mapping

from simulator import replies, shapes
from simulator.listed import modules_in
from simulator.messages import MakeReply, MakeRows

REPLIES: Mapping[str, MakeReply] = {name: module.reply for name, module in modules_in(replies).items()}
SHAPES: Mapping[str, MakeRows] = {name: module.shape for name, module in modules_in(shapes).items()}
