"""Pictures: computational graphs with values and gradients, plots of activation functions."""

from symcalc.draw.activation import Plot, plot_activation
from symcalc.draw.cost import Cost
from symcalc.draw.graph import Edge, Graph, Vertex
from symcalc.draw.paint import Frame
from symcalc.draw.picture import Picture

__all__ = ["Cost", "Edge", "Frame", "Graph", "Picture", "Plot", "Vertex", "plot_activation"]
