// Growth of the kernels into the text region: breadth first, seeded in raster order, first come, first served.
#include "aggregation.hpp"

#include <stdexcept>

namespace aggregation {

namespace {

// The mean vector of every kernel, in double precision and raster order, so that the result does not depend on the layout.
std::vector<double> mean_vectors(const Kernels& kernels, const Maps& maps) {
    const std::size_t count = kernels.scores.size();
    std::vector<double> means(count * maps.components, 0.0);
    std::vector<std::int64_t> areas(count, 0);
    for (const Run& run : kernels.runs) {
        double* mean = means.data() + static_cast<std::size_t>(run.label - 1) * maps.components;
        areas[run.label - 1] += run.end - run.begin;
        for (int x = run.begin; x < run.end; ++x) {
            const float* vector = maps.vectors + maps.offset(run.row, x);
            for (int c = 0; c < maps.components; ++c) mean[c] += vector[c * maps.component_step];
        }
    }
    for (std::size_t i = 0; i < count; ++i)
        for (int c = 0; c < maps.components; ++c) means[i * maps.components + c] /= static_cast<double>(areas[i]);
    for (const double value : means)
        if (value != value)
            throw std::invalid_argument(
                "The instance vectors must hold finite numbers. Received: NaN or opposite infinities inside a kernel. "
                "Check the weights and the input of the network, or pass max_distance=None.");
    return means;
}

// Whether the vector of a pixel is near enough to the mean of a kernel. A NaN vector is never near.
class Gate {
public:
    Gate(const Kernels& kernels, const Maps& maps, const Settings& settings, std::ptrdiff_t stride)
        : maps_(maps), stride_(stride), limit_(settings.max_distance * settings.max_distance), means_(mean_vectors(kernels, maps)) {}

    bool operator()(std::int32_t cell, std::int32_t label) const {
        const auto row = static_cast<int>(cell / stride_) - 1;
        const auto column = static_cast<int>(cell % stride_) - 1;
        const float* vector = maps_.vectors + maps_.offset(row, column);
        const double* mean = means_.data() + static_cast<std::size_t>(label - 1) * maps_.components;
        double distance = 0;
        for (int c = 0; c < maps_.components; ++c) {
            const double difference = vector[c * maps_.component_step] - mean[c];
            distance += difference * difference;
        }
        return distance <= limit_;
    }

private:
    const Maps& maps_;
    std::ptrdiff_t stride_;
    double limit_;
    std::vector<double> means_;
};

// Only kernel pixels beside free text can take one, and leaving out the others keeps the order of the rest.
std::size_t seed(const LabelMap& labels, const Kernels& kernels, std::int32_t* queue) {
    std::size_t size = 0;
    for (const Run& run : kernels.runs) {
        const std::int32_t* row = labels.row(run.row);
        const std::int32_t* up = row - labels.stride;
        const std::int32_t* down = row + labels.stride;
        const auto base = static_cast<std::int32_t>(row - labels.cells.get());
        for (int x = run.begin; x < run.end; ++x) {
            queue[size] = base + x;
            size += (up[x] == 0) | (down[x] == 0) | (row[x - 1] == 0) | (row[x + 1] == 0);
        }
    }
    return size;
}

template <typename Accept>
void grow(LabelMap& labels, std::int32_t* queue, std::size_t size, const Accept& accept) {
    std::int32_t* cells = labels.cells.get();
    const auto stride = static_cast<std::int32_t>(labels.stride);
    const std::int32_t steps[4] = {-stride, stride, -1, 1};  // up, down, left, right, as published
    for (std::size_t head = 0; head < size; ++head) {
        const std::int32_t cell = queue[head];
        const std::int32_t label = cells[cell];
        for (const std::int32_t step : steps) {
            const std::int32_t neighbour = cell + step;
            const std::int32_t present = cells[neighbour];
            const bool taken = present == 0 && accept(neighbour, label);
            queue[size] = neighbour;  // without a branch: whether it is kept is as good as random
            size += taken;
            cells[neighbour] = taken ? label : present;
        }
    }
}

}  // namespace

void grow_kernels(LabelMap& labels, const Kernels& kernels, const Maps& maps, const Settings& settings) {
    // Every text pixel enters the queue at most once; one place more, because a refused pixel is written and then overwritten.
    const std::unique_ptr<std::int32_t[]> queue(new std::int32_t[static_cast<std::size_t>(labels.text_pixels) + 1]);
    const std::size_t seeds = seed(labels, kernels, queue.get());
    if (settings.gated)
        grow(labels, queue.get(), seeds, Gate(kernels, maps, settings, labels.stride));
    else
        grow(labels, queue.get(), seeds, [](std::int32_t, std::int32_t) { return true; });
}

}  // namespace aggregation
