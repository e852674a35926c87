"""What the heatmaps of attention and similarity share: their colours, their bar, and their strongest cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.plots.frame import frame
from reranklab.plots.labels import label
from reranklab.plots.palette import SHARE_SCALE, SIGNED_SCALE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

_STRONGEST = 3
# Pixels from the top of the figure to the colour bar and to the plot.
_BAR, _TOP = 34, 76


def matrix_of(values: ArrayLike, refusal: str) -> np.ndarray:
    """The values as a matrix of floats. Raises InputError with `refusal` for none."""
    import numpy as np

    matrix = np.asarray(values, dtype=np.float32)
    if matrix.ndim != 2 or matrix.size == 0:
        raise InputError(refusal)
    return matrix


def strongest_cells(values: np.ndarray, *, diverging: bool) -> list[tuple[int, int]]:
    """Row and column of the three largest values; with `diverging` of the largest absolute ones."""
    import numpy as np

    sizes = np.abs(values) if diverging else values
    order = np.argsort(-sizes, axis=None, kind="stable")[:_STRONGEST]
    return [(int(cell) // values.shape[1], int(cell) % values.shape[1]) for cell in order]


def counted(number: int, name: str) -> str:
    """A number with what it counts."""
    return f"{number} {name}{'' if number == 1 else 's'}"


def colours(values: np.ndarray, *, diverging: bool, height: int) -> dict[str, Any]:
    """The scale and its bar, which lies between title and plot: beside a map of one row it would be a dot."""
    largest = float(abs(values).max() if diverging else values.max()) or 1.0
    return {
        "zmin": -largest if diverging else min(0.0, float(values.min())),
        "zmax": largest,
        "colorscale": [list(stop) for stop in SIGNED_SCALE] if diverging else SHARE_SCALE,
        "colorbar": {
            "orientation": "h",
            "len": 0.4,
            "x": 1,
            "xanchor": "right",
            "xpad": 0,
            "y": 1 - _BAR / height,
            "yref": "container",
            "yanchor": "top",
            "ypad": 0,
            "thickness": 10,
            "nticks": 6,
        },
    }


def lay_out_map(figure: go.Figure, *, title: str, value_name: str, height: int) -> None:
    """Title, height, and the name of the values beside their bar."""
    frame(figure, title=label(title, 100), height=height, margin={"l": 8, "r": 8, "t": _TOP, "b": 8})
    # Plotly places a bar's own title by the height of the plot: over the bar where the plot is low.
    figure.add_annotation(
        text=label(value_name, 60),
        xref="paper", x=0.6, xanchor="right", xshift=-10,
        yref="paper", y=1, yanchor="middle", yshift=_TOP - _BAR - 5,
        showarrow=False,
    )  # fmt: skip
