"""Which weights of a model are trained: all, the last layers, or low-rank adapters in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reranklab.errors import InputError
from reranklab.train.settings import TrainingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """How many weights there are, how many of them are trained, and in how many of how many layers."""

    weights: int
    trained: int
    layers: int
    trained_layers: int

    @property
    def words(self) -> str:
        return (
            f"{self.trained:,} of {self.weights:,} weights ({100 * self.trained / self.weights:.1f} %), in "
            f"{self.trained_layers} of {self.layers} layers"
        )


def choose_parts(model: Any, settings: TrainingSettings) -> Parts:
    """Mark the weights of a sentence-transformers model that are trained, and put adapters in where they are asked for.

    (Hu et al. 2022, "LoRA".) Raises InputError where the model has no layers to choose among.
    """
    network = _network(model)
    weights = sum(tensor.numel() for tensor in model.parameters())
    layers = _layers(network)
    if layers is None:
        if settings.layers is not None or settings.adapters:
            raise InputError("This model has no layers that could be trained apart. Leave layers and adapters out.")
        return Parts(weights=weights, trained=weights, layers=0, trained_layers=0)
    count = len(layers) if settings.layers is None else min(settings.layers, len(layers))
    for tensor in _below(network):
        tensor.requires_grad_(settings.embeddings and count == len(layers))
    for layer in layers[: len(layers) - count]:
        layer.requires_grad_(False)
    if settings.adapters and count:
        _adapt(network, layers, count, rank=settings.adapters)
    trained = sum(tensor.numel() for tensor in model.parameters() if tensor.requires_grad)
    if not trained:
        raise InputError("With layers=0 nothing of this model would be trained: it has no head. Train a layer at least.")
    return Parts(weights=weights, trained=trained, layers=len(layers), trained_layers=count)


def merge_adapters(model: Any) -> None:
    """Add what adapters learned to the weights they stand beside, and take them out: the model is as it was built again."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    for name, module in list(model.named_modules()):
        if isinstance(module, BaseTunerLayer):
            module.merge()
            owner, _, last = name.rpartition(".")
            setattr(model.get_submodule(owner), last, module.get_base_layer())


def _adapt(network: Any, layers: Any, count: int, *, rank: int) -> None:
    """Adapters in every linear layer of the trained layers; the layers' own weights stay as they are."""
    import torch
    from peft import LoraConfig, inject_adapter_in_model

    chosen = {id(module) for layer in layers[len(layers) - count :] for module in layer.modules()}
    names = [name for name, module in network.named_modules() if id(module) in chosen and isinstance(module, torch.nn.Linear)]
    free = {name for name, tensor in network.named_parameters() if tensor.requires_grad}
    inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=names), network)
    held = {id(tensor) for layer in layers for tensor in layer.parameters()}
    for name, tensor in network.named_parameters():
        if id(tensor) in held or name in free:
            tensor.requires_grad_("lora_" in name or (name in free and id(tensor) not in held))


def _network(model: Any) -> Any:
    """The transformers network inside, or the model where there is none."""
    return getattr(model, "transformers_model", None) or model


def _layers(network: Any) -> Any:
    """The list of the network's layers: as long as its configuration says."""
    import torch

    count = getattr(getattr(network, "config", None), "num_hidden_layers", None)
    lists = (module for module in network.modules() if isinstance(module, torch.nn.ModuleList))
    return next((found for found in lists if len(found) == count), None)


def _below(network: Any) -> list[Any]:
    """The tensors below the first layer: the input embeddings with what stands beside them."""
    base = getattr(network, network.base_model_prefix, network)
    embeddings = network.get_input_embeddings()
    for child in base.children():
        if any(module is embeddings for module in child.modules()):
            return list(child.parameters())
    return list(embeddings.parameters())
