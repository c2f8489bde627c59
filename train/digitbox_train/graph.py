"""A converted graph → the same graph, in one order and under names of its own."""

import onnx


def rename(graph: onnx.GraphProto) -> None:
    """tf2onnx numbers its names, and the function that it says it converted, by a counter that runs
    through the whole process; number them by their place in the graph instead. Sides of any length
    are W of what comes in, T of what comes out."""
    graph.doc_string = ""
    _order(graph)
    names: dict[str, str] = {value.name: value.name for value in (*graph.input, *graph.output)}

    def renamed(name: str) -> str:
        return names.setdefault(name, f"t{len(names)}") if name else ""

    for index, node in enumerate(graph.node):
        node.name = f"{node.op_type}_{index}"
        node.input[:] = [renamed(name) for name in node.input]
        node.output[:] = [renamed(name) for name in node.output]
    for initializer in graph.initializer:
        initializer.name = renamed(initializer.name)
    # They were in the order of the names that they had.
    place = {name: number for number, name in enumerate(names.values())}
    constants = sorted(graph.initializer, key=lambda constant: place[constant.name])
    del graph.initializer[:]
    graph.initializer.extend(constants)
    del graph.value_info[:]
    for values, across in ((graph.input, "W"), (graph.output, "T")):
        for value in values:
            count, *sides = value.type.tensor_type.shape.dim
            count.dim_param = "N"
            for side in sides:
                if not side.dim_value:
                    side.dim_param = across


def _order(graph: onnx.GraphProto) -> None:
    """What each node needs is computed right before it. tf2onnx orders what does not depend on each
    other by names, in which the counter's 10 comes before its 9."""
    made = {name: node for node in graph.node for name in node.output}
    ordered: dict[int, onnx.NodeProto] = {}
    waiting = [made[value.name] for value in reversed(graph.output) if value.name in made]
    while waiting:
        node = waiting[-1]
        needed = [made[name] for name in node.input if name in made]
        missing = [one for one in needed if id(one) not in ordered]
        if missing:
            waiting += reversed(missing)
        else:
            ordered.setdefault(id(waiting.pop()), node)
    nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in ordered.values()]
    del graph.node[:]
    graph.node.extend(nodes)
