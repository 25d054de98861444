"""Training the network, and its export."""

from __future__ import annotations

import copy
import logging
import math
import tempfile
import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from captchakit.stages import Contract
from captchakit.types import Probabilities, Targets, Tensor
from captchakit_sequence.classifier import Sequence
from captchakit_sequence.halving import halved, rounded
from captchakit_sequence.losses import columns, ctc
from captchakit_sequence.network import NEVER, Network, Speaking

AVERAGED_OVER = 2000
"""The steps over which the averaged weights look back; validation and export use those."""

WARM_UP = 30
"""The steps over which the rate rises to its peak."""


class SequenceLearner:
    """AdamW on CTC, with weights averaged over the last steps."""

    def __init__(self, options: Sequence, contract: Contract, seed: int, network: Network | None = None) -> None:
        """Start from nothing, or go on from a `network` that has learned before."""
        self._options = options
        self._contract = contract
        self._generator = torch.Generator().manual_seed(seed)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._half = _half_is_faster(self.device)
        if self.device.type == "cpu":
            torch.set_num_threads(1)  # on shared cores several threads spend their time waiting for each other
        if network is None:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                network = Network(
                    contract.channels, options.widths, contract.classes, depths=options.depths, height=contract.height
                )
        self._network = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._average = copy.deepcopy(self._network).eval()
        self._hidden = torch.zeros(contract.classes, device=self.device)
        self._speaking: Speaking | None = None  # made of the average when it is asked, until that changes
        both = [[v for v in n.state_dict().values() if v.is_floating_point()] for n in (self._average, self._network)]
        self._following = both
        self._steps = 0
        self._optimizer = torch.optim.AdamW(self._network.parameters(), lr=options.rate, weight_decay=1e-2, fused=True)

    @property
    def settled(self) -> bool:
        """Another pass always changes something."""
        return False

    def learn(self, tensor: Tensor, targets: Targets, progress: float) -> float:
        """Make one pass over images of one width in random order; returns the mean loss."""
        falling = 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
        order = torch.randperm(len(tensor), generator=self._generator).numpy()
        losses = []
        for at in range(0, len(order), self._options.batch):
            chosen = order[at : at + self._options.batch]
            # The first steps are small: the optimizer knows nothing yet of how steep each weight's way is.
            share = min(falling, (self._steps + 1) / WARM_UP)
            losses.append(self.step(tensor[chosen], targets[chosen], share=share))
        return float(np.mean(losses))

    def confine(self, classes: Collection[int]) -> None:
        """Compare these classes, and blank, with each other alone while learning; what is said stays free."""
        self._hidden.fill_(NEVER)
        self._hidden[[*classes, self._contract.classes - 1]] = 0.0

    def step(
        self, tensor: Tensor, targets: Targets, *, share: float, places: Targets | None = None, guidance: float = 0.0
    ) -> float:
        """Make one step on a batch at `share` of the peak rate; returns its CTC loss.

        `places` `(N, T)` is the class of each step where a drawing knows it, told with weight `guidance`.
        """
        images = torch.from_numpy(np.ascontiguousarray(tensor)).to(self.device)
        told = None if places is None else torch.from_numpy(places).to(self.device)
        return self.shown(images, torch.from_numpy(targets), share=share, places=told, guidance=guidance).item()

    def shown(
        self,
        images: torch.Tensor,
        targets: torch.Tensor,
        *,
        share: float,
        places: torch.Tensor | None = None,
        guidance: float = 0.0,
    ) -> torch.Tensor:
        """Make a step as `step` does on what lies on the device already, targets apart; the loss is left there too."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._options.rate * max(share, 1e-3)
        self._network.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._half):
            logits = self._network(images.contiguous(memory_format=torch.channels_last)) + self._hidden
        text = ctc(logits, targets)
        loss = text
        if places is not None and guidance > 0:
            loss = text + guidance * columns(logits, places)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 5.0)
        self._optimizer.step()
        self._follow()
        return text.detach()

    @torch.no_grad()
    def _follow(self) -> None:
        self._steps += 1
        self._speaking = None
        keep = min(1 - 1 / AVERAGED_OVER, self._steps / (self._steps + 9))
        torch._foreach_lerp_(self._following[0], self._following[1], 1 - keep)

    def probabilities(self, tensor: Tensor) -> Probabilities:
        """Return `(N, T, C)` for images of one width."""
        speaking = self._speaking = self._speaking or Speaking(rounded(self._average)).eval()
        with torch.inference_mode():
            parts = [
                speaking(torch.from_numpy(np.ascontiguousarray(tensor[at : at + 256])).to(self.device)).cpu().numpy()
                for at in range(0, len(tensor), 256)
            ]
        empty = np.zeros((0, max(tensor.shape[3] // 4, 1), self._contract.classes), np.float32)
        return np.concatenate(parts) if parts else empty

    def snapshot(self) -> Any:
        """Return a copy of the weights, the averaged ones."""
        return {name: value.cpu().clone() for name, value in self._average.state_dict().items()}

    def restore(self, state: Any) -> None:
        """Go back to a copy of the weights."""
        self._speaking = None
        self._average.load_state_dict(state)
        self._network.load_state_dict(state)

    def stored(self) -> dict[str, NDArray[Any]]:
        """Return the weights, their average, and the steps made; the optimizer's moments are found again in a few."""
        parts = {"network": self._network, "average": self._average}
        weights = {f"{name}.{key}": value for name, part in parts.items() for key, value in part.state_dict().items()}
        return {"steps": np.array(self._steps), **{key: value.cpu().numpy().copy() for key, value in weights.items()}}

    def take_up(self, stored: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `stored` returned."""
        self._speaking = None
        for name, part in {"network": self._network, "average": self._average}.items():
            part.load_state_dict({key: torch.from_numpy(stored[f"{name}.{key}"]) for key in part.state_dict()})
        self._steps = int(stored["steps"])

    def average(self, others: Mapping[str, NDArray[Any]], share: float) -> None:
        """Move the averaged weights towards those that another learner stored."""
        self._speaking = None
        for key, mine in self._average.state_dict().items():
            if mine.is_floating_point():
                mine.lerp_(torch.from_numpy(others[f"average.{key}"]).to(mine.device), share)

    def export(self) -> bytes:
        """Return the ONNX model, softmax inside, N and the width free, weights in half precision."""
        c = self._contract
        example = torch.zeros(2, c.channels, c.height, 64)
        logging.getLogger("onnxscript").setLevel(logging.ERROR)
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        network = rounded(self._average).cpu().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        speaking = Speaking(network).eval()
        width = 16 * torch.export.Dim("sixteenths", min=1, max=256)
        with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
            warnings.simplefilter("ignore")  # the exporter warns of its own deprecations
            program = torch.onnx.export(
                speaking,
                (example,),
                dynamo=True,
                dynamic_shapes=({0: torch.export.Dim("N"), 3: width},),
                input_names=["input"],
                output_names=["probabilities"],
                opset_version=18,
                verbose=False,
            )
            path = Path(folder) / "model.onnx"
            program.save(path)  # type: ignore[union-attr]
            return halved(path.read_bytes())


def _half_is_faster(device: torch.device) -> bool:
    """Return whether bfloat16 takes less time: convolutions of these sizes took twice as long where AMX is missing."""
    return device.type != "cpu" or bool(torch.cpu.get_capabilities().get("amx_bf16", False))
