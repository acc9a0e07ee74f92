# SPDX-License-Identifier: Apache-2.0
"""Interactive things in a notebook: ipywidgets, figures by ipympl, and plots inline as ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from notebook_site import Site, kernel_name, output, picture, run_all, sync_api

SLIDER = """import ipywidgets
slider = ipywidgets.IntSlider(value=3, max=10, description="delay")
label = ipywidgets.Label()
slider.observe(lambda change: setattr(label, "value", f"delay is {change.new}"), "value")
ipywidgets.VBox([slider, label])"""
FIGURE = """%matplotlib widget
import matplotlib.pyplot as plt
plt.ioff()
figure, axes = plt.subplots(figsize=(4, 3))
axes.plot([0, 1, 2], [0, 1, 4])
figure.canvas"""
INLINE = """import matplotlib.pyplot as plt
plt.plot([0, 1])"""


def open_and_run(site: Site, new_context: Callable[..., Any], *cells: str) -> Any:
    page = new_context(viewport={"width": 1200, "height": 1000}).new_page()
    page.goto(site.notebook("Widgets.ipynb", *cells))
    sync_api.expect(kernel_name(page)).to_have_text("sPyNNaker")
    run_all(page)
    return page


def test_a_slider_moves_and_python_hears_of_it(lab: Site, new_context: Callable[..., Any]) -> None:
    page = open_and_run(lab, new_context, SLIDER)
    slider = output(page, 0).locator(".widget-slider")
    sync_api.expect(slider).to_be_visible()
    sync_api.expect(slider).to_contain_text("delay")
    slider.locator(".noUi-handle").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    sync_api.expect(output(page, 0).locator(".widget-label").last).to_have_text("delay is 5")
    picture(page, "slider")


def test_a_figure_that_can_be_moved(lab: Site, new_context: Callable[..., Any]) -> None:
    page = open_and_run(lab, new_context, FIGURE)
    canvas = output(page, 0).locator(".jupyter-matplotlib canvas").first
    sync_api.expect(canvas).to_be_visible()
    drawn = "canvas => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width,"
    page.wait_for_function(f"({drawn} canvas.height).data).size > 10)", arg=canvas.element_handle())
    assert canvas.evaluate("canvas => canvas.width") >= 390
    # It follows the mouse: the values below the pointer come from Python.
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] / 2 + 5, box["y"] + box["height"] / 2)
    sync_api.expect(output(page, 0)).to_contain_text("x=")
    picture(page, "ipympl")


def test_plots_are_inline_where_nobody_asks(lab: Site, new_context: Callable[..., Any]) -> None:
    page = open_and_run(lab, new_context, INLINE)
    sync_api.expect(output(page, 0).locator("img")).to_have_count(1)
    assert output(page, 0).locator("canvas, .jupyter-matplotlib").count() == 0


def test_widgets_in_jupyter_notebook_too(
    serve: Callable[..., Site], new_context: Callable[..., Any]
) -> None:
    site = serve()
    site.notebook("Widgets.ipynb", SLIDER)
    page = new_context().new_page()
    page.goto(site.page("/notebooks/Widgets.ipynb"))
    sync_api.expect(kernel_name(page)).to_have_text("sPyNNaker")
    run_all(page)
    sync_api.expect(output(page, 0).locator(".widget-slider")).to_be_visible()
