// Thresholds, the 4-connected components of the kernel map, by runs and union-find, and how sure the region is of each.
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

// 1 / (1 + exp(-x)) to about 1e-5, without a branch or a call, so that the compiler vectorises the loop around it.
inline float sigmoid(float x) {
    x = x > 87.0f ? 87.0f : x;
    x = x < -87.0f ? -87.0f : x;
    const float t = x * -1.44269504f;
    const float whole = (t + 12582912.0f) - 12582912.0f;  // 1.5 * 2^23: adding it rounds to the nearest integer
    const float f = (t - whole) * 0.693147181f;           // exp(-x) = 2^whole * exp(f), |f| <= ln(2) / 2
    const float power = 1.0f + f * (1.0f + f * (0.5f + f * (0.16666667f + f * 0.041666667f)));
    const std::int32_t bits = (static_cast<std::int32_t>(whole) + 127) << 23;
    float scale;
    std::memcpy(&scale, &bits, sizeof scale);
    return 1.0f / (1.0f + scale * power);
}

// The kernel runs of row y are appended; their label is their index until the components are known, `above` the index of the first
// run of the row above. A run that touches one above joins its component in `parents`.
void find_kernel_runs(const LabelMap& labels, int y, std::size_t above, std::vector<Run>& runs, std::vector<std::int32_t>& parents) {
    const std::uint8_t* classes = labels.classes.get() + static_cast<std::size_t>(y) * labels.width;
    const std::size_t above_end = runs.size();
    for (int x = 0; x < labels.width;) {
        const void* found = std::memchr(classes + x, 2, labels.width - x);
        if (!found) break;
        const int begin = static_cast<int>(static_cast<const std::uint8_t*>(found) - classes);
        constexpr std::uint64_t eight_kernels = 0x0202020202020202;
        std::uint64_t eight;
        for (x = begin; x + 8 <= labels.width && (std::memcpy(&eight, classes + x, 8), eight == eight_kernels);) x += 8;
        while (x < labels.width && classes[x] == 2) ++x;
        append_run(runs, parents, above, above_end, y, begin, x);
    }
}

// Appends the sum of the probabilities under each run, all of one row: one pass over the pixels of the row.
void sum_probabilities(const Run* runs, const Run* end, const Maps& maps, std::vector<float>& values, std::vector<double>& sums) {
    std::size_t size = 0;
    for (const Run* run = runs; run != end; ++run) {
        const float* logits = maps.region + maps.offset(run->row, run->begin);
        for (int i = 0; i < run->end - run->begin; ++i) values[size++] = logits[i * maps.pixel_step];
    }
    float* const probabilities = values.data();
    for (std::size_t i = 0; i < size; ++i) probabilities[i] = sigmoid(probabilities[i]);
    const float* value = probabilities;
    for (const Run* run = runs; run != end; ++run) {
        const int length = run->end - run->begin;
        double lanes[4] = {0, 0, 0, 0};  // four independent sums keep the adders busy
        int i = 0;
        for (; i + 4 <= length; i += 4)
            for (int lane = 0; lane < 4; ++lane) lanes[lane] += value[i + lane];
        for (; i < length; ++i) lanes[0] += value[i];
        sums.push_back((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]));
        value += length;
    }
}

}  // namespace

// Fills the map: no text, text, and in the kernels the labels 1 .. n in raster order of each one's first pixel. A component below
// min_kernel_area is no kernel: its pixels are text that other kernels may take. Row by row, so that the maps are read once.
Kernels find_kernels(LabelMap& labels, const Maps& maps, const Settings& settings) {
    const auto classify = maps.pixel_step == 1 ? classify_row<1> : maps.pixel_step == 6 ? classify_row<6> : classify_row<0>;
    std::vector<Run> runs;
    std::vector<std::int32_t> parents;
    std::vector<double> sums;
    std::vector<float> values(labels.width);
    bool is_nan = false;
    std::size_t above = 0;
    for (int y = 0; y < maps.height; ++y) {
        const std::ptrdiff_t offset = maps.offset(y, 0);
        std::uint8_t* classes = labels.classes.get() + static_cast<std::size_t>(y) * maps.width;
        is_nan |= classify(maps.region + offset, maps.kernel + offset, maps.pixel_step, settings, maps.width, classes, labels.row(y),
                           labels.text_pixels);
        const std::size_t first = runs.size();
        find_kernel_runs(labels, y, above, runs, parents);
        sum_probabilities(runs.data() + first, runs.data() + runs.size(), maps, values, sums);
        above = first;
    }
    if (is_nan)
        throw std::invalid_argument(
            "The region and kernel maps must hold numbers. Received: NaN. Check the weights and the input of the network.");

    std::vector<std::int64_t> areas(runs.size(), 0);
    for (Run& run : runs) {
        const std::int32_t root = find_root(parents, run.label);
        if (root != run.label) sums[root] += sums[run.label];
        run.label = root;
        areas[root] += run.end - run.begin;
    }
    Kernels kernels;
    std::vector<std::int32_t> numbers(runs.size(), 0);
    for (const Run& run : runs) {
        const std::int64_t area = areas[run.label];
        if (area < settings.min_kernel_area) continue;
        std::int32_t& number = numbers[run.label];
        if (number == 0) {
            kernels.scores.push_back(static_cast<float>(sums[run.label] / static_cast<double>(area)));
            number = static_cast<std::int32_t>(kernels.scores.size());
        }
        std::fill(labels.row(run.row) + run.begin, labels.row(run.row) + run.end, number);
        kernels.runs.push_back({number, run.row, run.begin, run.end});
    }
    return kernels;
}

}  // namespace aggregation
