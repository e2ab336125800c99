// Pixel aggregation: from the raw maps of a kernel-based text detector to labelled text instances.
//
// Coordinates: pixel (column x, row y) covers [x, x+1] x [y, y+1], so its centre lies at (x + 0.5, y + 0.5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace aggregation {

// Logits and vectors of one image as the caller stores them: nothing is copied.
struct Maps {
    const float* region;            // logit of "text"
    const float* kernel;            // logit of "core of a text"
    const float* vectors;           // first component of the instance vector
    std::ptrdiff_t pixel_step;      // floats from a pixel to its right neighbour
    std::ptrdiff_t component_step;  // floats from one vector component to the next
    int components;
    int height;
    int width;

    std::ptrdiff_t offset(int row, int column) const {
        return (static_cast<std::ptrdiff_t>(row) * width + column) * pixel_step;
    }
};

struct Settings {
    float region_threshold;
    float kernel_threshold;
    std::int64_t min_kernel_area;
    std::int64_t min_area;
    double min_score;
    bool gated;           // refuse pixels whose vector is too far from that of the kernel
    double max_distance;
};

// Pixels [begin, end) of one row that carry the same label.
struct Run {
    std::int32_t label;
    std::int32_t row;
    std::int32_t begin;
    std::int32_t end;
};

// Components of runs as a forest: each run has a parent, and the root of a component is its first run.
inline std::int32_t find_root(std::vector<std::int32_t>& parents, std::int32_t node) {
    while (parents[node] != node) node = parents[node] = parents[parents[node]];
    return node;
}

// Appends a run of row y, labelled with its index, and joins it to those above that it touches: runs[above] .. runs[above_end] are the
// row above, and `above` moves on past those that end before it.
inline void append_run(std::vector<Run>& runs, std::vector<std::int32_t>& parents, std::size_t& above, std::size_t above_end, int y, int begin, int end) {
    const auto index = static_cast<std::int32_t>(runs.size());
    parents.push_back(index);
    while (above < above_end && runs[above].end <= begin) ++above;
    for (std::size_t i = above; i < above_end && runs[i].begin < end; ++i) {
        const std::int32_t a = find_root(parents, runs[i].label), b = find_root(parents, index);
        parents[a > b ? a : b] = a > b ? b : a;
    }
    runs.push_back({index, y, begin, end});
}

// The kernels of an image: kernel i of the scores carries label i + 1.
struct Kernels {
    std::vector<Run> runs;      // in raster order
    std::vector<float> scores;  // mean probability of the region over the pixels of the kernel
};

// Labels in progress, with a border of one pixel so that neighbours need no bounds check.
// -1: no text, 0: text without an instance yet, > 0: the instance.
struct LabelMap {
    static constexpr std::int32_t no_text = -1;

    explicit LabelMap(const Maps& maps);
    std::int32_t* row(int y) { return cells.get() + (y + 1) * stride + 1; }
    const std::int32_t* row(int y) const { return cells.get() + (y + 1) * stride + 1; }

    int height;
    int width;
    std::ptrdiff_t stride;
    std::unique_ptr<std::int32_t[]> cells;
    std::unique_ptr<std::uint8_t[]> classes;  // (height, width): 0 no text, 1 text, 2 text and kernel
    std::int64_t text_pixels = 0;
};

// Instance i of the arrays carries label i + 1.
struct Instances {
    std::vector<float> scores;
    std::vector<std::int32_t> areas;
    std::vector<float> quads;                   // 8 a instance
    std::vector<float> polygon_points;          // 2 a point
    std::vector<std::int64_t> polygon_splits;   // points of instance i: splits[i] .. splits[i + 1]
};

// components.cpp
Kernels find_kernels(LabelMap& labels, const Maps& maps, const Settings& settings);

// growth.cpp
void grow_kernels(LabelMap& labels, const Kernels& kernels, const Maps& maps, const Settings& settings);

// measurement.cpp
Instances measure(const LabelMap& labels, const Kernels& kernels, const Settings& settings, std::int32_t* output);

// outline.cpp
struct Point {
    std::int64_t x;
    std::int64_t y;
};
void append_rectangle(const std::vector<Run>& spans, std::vector<Point>& hull, std::vector<float>& quads);
void append_contour(const LabelMap& labels, const Run& first, std::vector<float>& points);

}  // namespace aggregation
