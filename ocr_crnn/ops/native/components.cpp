// Thresholds and the 4-connected components of the kernel map, by runs and union-find.
#include "aggregation.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace aggregation {

LabelMap::LabelMap(const Maps& maps)
    : height(maps.height),
      width(maps.width),
      stride(static_cast<std::ptrdiff_t>(width) + 2),
      cells(new std::int32_t[static_cast<std::size_t>(stride) * (height + 2)]),
      classes(new std::uint8_t[static_cast<std::size_t>(height) * width]) {
    std::fill_n(cells.get(), stride, no_text);
    std::fill_n(cells.get() + (height + 1) * stride, stride, no_text);
    for (int y = 0; y < height; ++y) row(y)[-1] = row(y)[width] = no_text;
}

namespace {

// The step is a template argument so that the planar loop vectorises.
template <int fixed_step>
bool classify_row(const float* region, const float* kernel, std::ptrdiff_t step, const Settings& settings, int width,
                  std::uint8_t* classes, std::int32_t* cells, std::int64_t& text_pixels) {
    if (fixed_step) step = fixed_step;
    int is_nan = 0;
    std::int32_t text = 0;
    for (int x = 0; x < width; ++x) {
        const float r = region[x * step];
        const float k = kernel[x * step];
        const int is_text = r > settings.region_threshold;
        const int is_kernel = is_text & (k > settings.kernel_threshold);
        is_nan |= (r != r) | (k != k);
        classes[x] = static_cast<std::uint8_t>(is_text + is_kernel);
        cells[x] = is_text - 1;
        text += is_text;
    }
    text_pixels += text;
    return is_nan != 0;
}

std::int32_t find_root(std::vector<std::int32_t>& parents, std::int32_t node) {
    while (parents[node] != node) node = parents[node] = parents[parents[node]];
    return node;
}

// Kernel runs in raster order; the label is the index of the run until the components are known.
std::vector<Run> find_kernel_runs(const LabelMap& labels, std::vector<std::int32_t>& parents) {
    std::vector<Run> runs;
    std::size_t above = 0, above_end = 0;  // the runs of the row above
    for (int y = 0; y < labels.height; ++y) {
        const std::uint8_t* classes = labels.classes.get() + static_cast<std::size_t>(y) * labels.width;
        const std::size_t first = runs.size();
        for (int x = 0; x < labels.width;) {
            const void* found = std::memchr(classes + x, 2, labels.width - x);
            if (!found) break;
            const int begin = static_cast<int>(static_cast<const std::uint8_t*>(found) - classes);
            constexpr std::uint64_t eight_kernels = 0x0202020202020202;
            std::uint64_t eight;
            for (x = begin; x + 8 <= labels.width && (std::memcpy(&eight, classes + x, 8), eight == eight_kernels);) x += 8;
            while (x < labels.width && classes[x] == 2) ++x;
            const auto index = static_cast<std::int32_t>(runs.size());
            parents.push_back(index);
            while (above < above_end && runs[above].end <= begin) ++above;
            for (std::size_t i = above; i < above_end && runs[i].begin < x; ++i) {
                const std::int32_t a = find_root(parents, runs[i].label), b = find_root(parents, index);
                parents[std::max(a, b)] = std::min(a, b);  // the root is the first run of its component
            }
            runs.push_back({index, y, begin, x});
        }
        above = first;
        above_end = runs.size();
    }
    return runs;
}

}  // namespace

LabelMap classify(const Maps& maps, const Settings& settings) {
    LabelMap labels(maps);
    const auto row_classifier = maps.pixel_step == 1 ? classify_row<1> : maps.pixel_step == 6 ? classify_row<6> : classify_row<0>;
    bool is_nan = false;
    for (int y = 0; y < maps.height; ++y) {
        const std::ptrdiff_t offset = maps.offset(y, 0);
        const std::size_t start = static_cast<std::size_t>(y) * maps.width;
        is_nan |= row_classifier(maps.region + offset, maps.kernel + offset, maps.pixel_step, settings, maps.width,
                                 labels.classes.get() + start, labels.row(y), labels.text_pixels);
    }
    if (is_nan)
        throw std::invalid_argument(
            "The region and kernel maps must hold numbers. Received: NaN. Check the weights and the input of the network.");
    return labels;
}

// Writes the labels 1 .. count in raster order of each component's first pixel and returns the labelled runs in raster
// order. A component below min_kernel_area is no kernel: its pixels are text that other kernels may take.
std::vector<Run> label_kernels(LabelMap& labels, std::int64_t min_kernel_area, std::int32_t& count) {
    std::vector<std::int32_t> parents;
    std::vector<Run> runs = find_kernel_runs(labels, parents);
    std::vector<std::int64_t> areas(runs.size(), 0);
    for (Run& run : runs) {
        run.label = find_root(parents, run.label);
        areas[run.label] += run.end - run.begin;
    }
    std::vector<std::int32_t> numbers(runs.size(), 0);
    count = 0;
    std::size_t kept = 0;
    for (const Run& run : runs) {
        if (areas[run.label] < min_kernel_area) continue;
        if (numbers[run.label] == 0) numbers[run.label] = ++count;
        const std::int32_t number = numbers[run.label];
        std::fill(labels.row(run.row) + run.begin, labels.row(run.row) + run.end, number);
        runs[kept++] = {number, run.row, run.begin, run.end};
    }
    runs.resize(kept);
    return runs;
}

}  // namespace aggregation
