"""Training the network."""

from __future__ import annotations

import copy
import io
import logging
import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from captchakit.stages import Contract
from captchakit.types import Probabilities, Targets, Tensor
from captchakit_cnn.augmentation import LOOKS
from captchakit_cnn.classifier import Cnn
from captchakit_cnn.network import Network, Speaking
from captchakit_cnn.pooled import PooledNetwork
from captchakit_cnn.tiled import TiledNetwork

LEAST_BATCHES = 24
"""A pass over few examples goes over them again until it has made so many steps."""


class CnnLearner:
    """AdamW with a cosine schedule on augmented glyphs."""

    def __init__(self, options: Cnn, contract: Contract, seed: int) -> None:
        self._options = options
        self._contract = contract
        self._generator = torch.Generator().manual_seed(seed)
        # One thread: on shared cores several spend their time waiting for each other.
        torch.set_num_threads(1)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self._network = _network(options, contract)
            self._noise = torch.get_rng_state()
        self._network = self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._optimizer = torch.optim.AdamW(self._network.parameters(), lr=options.rate, weight_decay=1e-2)

    @property
    def settled(self) -> bool:
        """Another pass always changes something."""
        return False

    @property
    def at_once(self) -> int:
        """A batch."""
        return self._options.batch

    def learn(self, tensor: Tensor, targets: Targets, progress: float) -> float:
        """Make one pass in random order; returns the mean loss."""
        wanted = torch.from_numpy(targets)
        for group in self._optimizer.param_groups:
            group["lr"] = self._options.rate * (0.005 + 0.995 * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0))))
        self._network.train()
        with torch.random.fork_rng():
            torch.set_rng_state(self._noise)  # dropout knows the global generator alone
            losses = [
                self._step(torch.from_numpy(tensor[chosen.numpy()]), wanted[chosen])
                for chosen in self._batches(len(tensor))
            ]
            self._noise = torch.get_rng_state()
        return float(np.mean(losses))

    def _step(self, images: torch.Tensor, wanted: torch.Tensor) -> float:
        batch = LOOKS[self._options.looks](images, self._options.strength, self._generator)
        loss = self._loss(self._network(batch.contiguous(memory_format=torch.channels_last)), wanted)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        return loss.item()

    def _batches(self, count: int) -> list[torch.Tensor]:
        # Whole passes, and no batch of one: batch normalisation cannot learn from it.
        repeats = max(1, -(-LEAST_BATCHES * min(self._options.batch, count) // count))
        orders = [torch.randperm(count, generator=self._generator) for _ in range(repeats)]
        batches = torch.split(torch.cat(orders), self._options.batch)
        return [b if len(b) > 1 else b.repeat(2) for b in batches]

    def _loss(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        if self._contract.objective == "tags":
            return functional.binary_cross_entropy_with_logits(logits, targets.float())
        return functional.cross_entropy(logits, targets[:, 0], label_smoothing=self._options.smoothing)

    def probabilities(self, tensor: Tensor) -> Probabilities:
        """Return `(N, 1, C)`."""
        speaking = self._speaking()
        with torch.inference_mode():
            parts = [speaking(torch.from_numpy(np.ascontiguousarray(part))).numpy() for part in _chunks(tensor)]
        return np.concatenate(parts) if parts else np.zeros((0, 1, self._contract.classes), np.float32)

    def snapshot(self) -> Any:
        """Return a copy of the weights."""
        return copy.deepcopy(self._network.state_dict())

    def restore(self, state: Any) -> None:
        """Go back to a copy of the weights."""
        self._network.load_state_dict(state)

    def stored(self) -> dict[str, NDArray[Any]]:
        """Return the weights and where the dice stand; the optimizer's moments are found again in a few steps."""
        weights = {f"network.{key}": value.numpy().copy() for key, value in self._network.state_dict().items()}
        return {"dice": self._generator.get_state().numpy(), "noise": self._noise.numpy().copy(), **weights}

    def take_up(self, stored: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `stored` returned."""
        names = self._network.state_dict()
        self._network.load_state_dict({key: torch.from_numpy(stored[f"network.{key}"]) for key in names})
        self._generator.set_state(torch.from_numpy(stored["dice"]))
        self._noise = torch.from_numpy(stored["noise"])

    def export(self) -> bytes:
        """Return the ONNX model, softmax or sigmoid inside."""
        c = self._contract
        example = torch.zeros(2, c.channels, c.height, c.width)
        logging.getLogger("onnxscript").setLevel(logging.ERROR)
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter warns of its own deprecations
            program = torch.onnx.export(
                self._speaking().to(memory_format=torch.contiguous_format),  # type: ignore[call-overload]
                (example,),
                dynamo=True,
                dynamic_shapes=({0: torch.export.Dim("N")},),
                input_names=["input"],
                output_names=["probabilities"],
                opset_version=18,
                verbose=False,
            )
        stream = io.BytesIO()
        program.save(stream)  # type: ignore[union-attr, arg-type]
        return stream.getvalue()

    def _speaking(self) -> Speaking:
        return Speaking(self._network, exclusive=self._contract.objective == "class").eval()


def _network(options: Cnn, contract: Contract) -> torch.nn.Module:
    if options.places:
        return Network(contract, options.channels, options.dropout)
    if contract.objective == "tags":
        return TiledNetwork(contract, options.channels, options.dropout, exclusive=options.exclusive)
    return PooledNetwork(contract, options.channels, options.dropout)


def _chunks(tensor: Tensor) -> list[Tensor]:
    return [tensor[at : at + 512] for at in range(0, len(tensor), 512)]
