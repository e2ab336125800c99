// The Python side: checks the maps, releases the interpreter lock, hands the arrays back.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include "aggregation.hpp"
#include "characters.hpp"

namespace py = pybind11;

namespace {

std::string describe(const py::array& maps) {
    return py::str("dtype {}, shape {}, strides {}").format(maps.dtype(), maps.attr("shape"), maps.attr("strides"));
}

aggregation::Maps view(const py::array& maps, bool channels_first, bool gated) {
    const bool is_float32 = py::isinstance<py::array_t<float>>(maps);
    if (!is_float32 || maps.ndim() != 3 || !(maps.flags() & py::array::c_style))
        throw std::invalid_argument("The maps must be one C-contiguous float32 array of three axes. Received: " + describe(maps) +
                                    ". Convert them with np.ascontiguousarray(maps, np.float32).");
    const py::ssize_t channels = maps.shape(channels_first ? 0 : 2);
    const py::ssize_t height = maps.shape(channels_first ? 1 : 0), width = maps.shape(channels_first ? 2 : 1);
    if (channels < (gated ? 3 : 2))
        throw std::invalid_argument("The maps must hold region, kernel and, with max_distance, the vector. Received: " + describe(maps) +
                                    ". Check channels_first or pass max_distance=None.");
    const py::ssize_t limit = std::numeric_limits<std::int32_t>::max();
    if (channels > limit || height > limit - 2 || width > limit - 2 || (height + 2) * (width + 2) > limit)
        throw std::invalid_argument("A map must have fewer than 2^31 pixels and channels. Received: " + describe(maps) + ". Cut the page into tiles.");
    const auto* data = static_cast<const float*>(maps.data());
    const std::ptrdiff_t plane = channels_first ? height * width : 1;
    return {data,
            data + plane,
            data + 2 * plane,
            channels_first ? 1 : channels,
            plane,
            static_cast<int>(channels) - 2,
            static_cast<int>(height),
            static_cast<int>(width)};
}

// Settings that no map can meet, or that would be met by everything without a word.
void check(const aggregation::Settings& settings) {
    const auto refuse = [](const std::string& rule, double received) {
        throw std::invalid_argument(rule + " Received: " + std::to_string(received) + ". Check the settings of the detector.");
    };
    for (const double threshold : {static_cast<double>(settings.region_threshold), static_cast<double>(settings.kernel_threshold)})
        if (std::isnan(threshold)) refuse("region_threshold and kernel_threshold must be logits.", threshold);
    for (const std::int64_t area : {settings.min_kernel_area, settings.min_area})
        if (area < 0) refuse("min_kernel_area_px and min_area_px must be at least 0.", static_cast<double>(area));
    if (std::isnan(settings.min_score)) refuse("min_score must be a number.", settings.min_score);
    if (settings.gated && !(settings.max_distance >= 0)) refuse("max_distance must be at least 0, or None.", settings.max_distance);
}

template <typename T>
py::array_t<T> to_array(const std::vector<T>& values, std::vector<py::ssize_t> shape) {
    return py::array_t<T>(std::move(shape), values.data());
}

py::tuple aggregate_pixels(const py::array& array, float region_threshold, float kernel_threshold, std::int64_t min_kernel_area_px,
                           std::int64_t min_area_px, double min_score, std::optional<double> max_distance, bool channels_first) {
    const aggregation::Maps maps = view(array, channels_first, max_distance.has_value());
    const aggregation::Settings settings{region_threshold, kernel_threshold,         min_kernel_area_px,        min_area_px,
                                         min_score,        max_distance.has_value(), max_distance.value_or(0.0)};
    check(settings);
    py::array_t<std::int32_t> labels({maps.height, maps.width});
    std::int32_t* output = labels.mutable_data();
    aggregation::Instances instances;
    if (maps.height == 0 || maps.width == 0) {  // its other side may be of any length
        instances.polygon_splits.push_back(0);
    } else {
        py::gil_scoped_release release;
        aggregation::LabelMap map(maps);
        const aggregation::Kernels kernels = aggregation::find_kernels(map, maps, settings);
        aggregation::grow_kernels(map, kernels, maps, settings);
        instances = aggregation::measure(map, kernels, settings, output);
    }
    const auto n = static_cast<py::ssize_t>(instances.areas.size());
    const auto points = static_cast<py::ssize_t>(instances.polygon_points.size() / 2);
    return py::make_tuple(labels, to_array(instances.scores, {n}), to_array(instances.areas, {n}), to_array(instances.quads, {n, 4, 2}),
                          to_array(instances.polygon_points, {points, 2}), to_array(instances.polygon_splits, {n + 1}));
}

py::tuple find_characters(const py::array& array, float region_threshold, float link_threshold, float min_peak, std::int64_t min_area_px,
                          bool grow, bool characters, float min_character, float valley) {
    const bool is_float32 = py::isinstance<py::array_t<float>>(array);
    if (!is_float32 || array.ndim() != 3 || array.shape(2) != 2 || !(array.flags() & py::array::c_style))
        throw std::invalid_argument("The maps must be one C-contiguous float32 array (height, width, 2). Received: " + describe(array) +
                                    ". Convert them with np.ascontiguousarray(maps, np.float32).");
    const py::ssize_t height = array.shape(0), width = array.shape(1), limit = std::numeric_limits<std::int32_t>::max();
    if (height > limit / 2 - 2 || width > limit / 2 - 2 || (height + 2) * (width + 2) > limit)
        throw std::invalid_argument("A map must have fewer than 2^31 pixels. Received: " + describe(array) + ". Cut the page into tiles.");
    for (const float setting : {region_threshold, link_threshold, min_peak, min_character, valley})
        if (std::isnan(setting)) throw std::invalid_argument("Thresholds must be numbers. Received: NaN. Check the settings of the detector.");
    if (region_threshold < 0)
        throw std::invalid_argument("region_threshold must be at least 0. Received: " + std::to_string(region_threshold) +
                                    ". Check the settings of the detector.");
    if (min_area_px < 0)
        throw std::invalid_argument("min_area_px must be at least 0. Received: " + std::to_string(min_area_px) + ". Check the settings of the detector.");
    const ::characters::Settings settings{region_threshold, link_threshold, min_peak, min_area_px, grow, characters, min_character, valley};
    ::characters::Found found;
    if (height == 0 || width == 0) {
        found.splits.push_back(0);
    } else {
        const auto* maps = static_cast<const float*>(array.data());
        py::gil_scoped_release release;
        found = ::characters::find(maps, static_cast<int>(height), static_cast<int>(width), settings);
    }
    const auto n = static_cast<py::ssize_t>(found.scores.size()), m = static_cast<py::ssize_t>(found.peaks.size());
    return py::make_tuple(to_array(found.scores, {n}), to_array(found.areas, {n}), to_array(found.quads, {n, 4, 2}), to_array(found.peaks, {m}),
                          to_array(found.character_quads, {m, 4, 2}), to_array(found.splits, {n + 1}));
}

}  // namespace

PYBIND11_MODULE(_native, module) {
    module.doc() = "Compiled decoding of detectors' maps; ocr_crnn.ops.pixel_aggregation wraps the first for TensorFlow.";
    module.def("aggregate_pixels", &aggregate_pixels, py::arg("maps"), py::kw_only(), py::arg("region_threshold") = 0.0f,
               py::arg("kernel_threshold") = 0.0f, py::arg("min_kernel_area_px") = 1, py::arg("min_area_px") = 1,
               py::arg("min_score") = 0.0, py::arg("max_distance") = py::none(), py::arg("channels_first") = false,
               R"(Label the text instances of the raw maps of a kernel-based detector.

maps: C-contiguous float32 (height, width, channels), or (channels, height, width) with channels_first; read in place.
Channel 0 is the logit of the text region, 1 that of the text kernel, 2.. the instance vector.
Thresholds are logits (0 is a probability of one half). max_distance: instance vectors farther than this from the mean of
the kernel are refused, None takes every text pixel. A score is the mean probability of the region over the kernel; areas are pixels of the map.

Returns (labels int32 (height, width), scores float32 (n,), areas int32 (n,), quads float32 (n, 4, 2),
polygon points float32 (points, 2), polygon splits int64 (n + 1,)); row i of the others is label i + 1.
Coordinates are (x, y) in map pixels with the centre of the first pixel at (0.5, 0.5).
The interpreter lock is released. ValueError: wrong array; NaN in the region, the kernel or, when gated, a kernel's vectors; NaN or a negative value in the settings.)");
    module.def("find_characters", &find_characters, py::arg("maps"), py::kw_only(), py::arg("region_threshold") = 0.4f,
               py::arg("link_threshold") = 0.4f, py::arg("min_peak") = 0.7f, py::arg("min_area_px") = 10, py::arg("grow") = true,
               py::arg("characters") = true, py::arg("min_character") = 0.5f, py::arg("valley") = 0.8f,
               R"(Find texts and their characters in the maps of CRAFT.

maps: C-contiguous float32 (height, width, 2), region and link; read in place.
A text is a 4-connected component of pixels whose region is above region_threshold or whose link is above link_threshold, of min_area_px
pixels and with a region of min_peak. Its rectangle is the smallest around the pixels of the region, grown as published with `grow`.
A character is a hill of the region within its text, min_character high; two with less than a valley between them are one. Its rectangle
has the direction of the text's; characters are sorted along the longer side of that.

Returns (scores float32 (n,), the highest region; areas int32 (n,), pixels; quads float32 (n, 4, 2); peaks float32 (m,); character quads
float32 (m, 4, 2); splits int64 (n + 1,), the characters of text i are splits[i] .. splits[i + 1]).
Coordinates are (x, y) in map pixels with the centre of the first pixel at (0.5, 0.5).
The interpreter lock is released. ValueError: wrong array; NaN in the maps or the settings, a negative area or region_threshold.)");
}
