// Area, score, rectangle and contour of every instance, and the final label map.
#include "aggregation.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace aggregation {

namespace {

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

// Adds the probabilities under the runs of one row to the sums of their labels: all pixels of the row in one pass.
void add_row_scores(const Run* runs, const Run* end, const Maps& maps, std::vector<float>& values, std::vector<double>& sums) {
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
        sums[run->label - 1] += (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
        value += length;
    }
}

// The labelled runs of one row, eight pixels without text at a time skipped.
void find_row_runs(const LabelMap& labels, int y, std::vector<Run>& runs) {
    const std::int32_t* cells = labels.row(y);
    const std::uint8_t* classes = labels.classes.get() + static_cast<std::size_t>(y) * labels.width;
    for (int x = 0; x < labels.width;) {
        std::uint64_t eight;
        if (x + 8 <= labels.width && (std::memcpy(&eight, classes + x, 8), eight == 0)) {
            x += 8;
            continue;
        }
        if (cells[x] <= 0) {
            ++x;
            continue;
        }
        const std::int32_t label = cells[x];
        const int begin = x;
        while (x + 4 <= labels.width && !((cells[x] ^ label) | (cells[x + 1] ^ label) | (cells[x + 2] ^ label) | (cells[x + 3] ^ label))) x += 4;
        while (cells[x] == label) ++x;  // the border ends the last run of a row
        runs.push_back({label, y, begin, x});
    }
}

// Runs in raster order -> the same runs grouped by label, still in raster order; starts[i] .. starts[i + 1] is label i + 1.
std::vector<Run> group_by_label(const std::vector<Run>& runs, std::int32_t count, std::vector<std::int64_t>& starts) {
    starts.assign(static_cast<std::size_t>(count) + 1, 0);
    for (const Run& run : runs) ++starts[run.label];
    for (std::int32_t i = 0; i < count; ++i) starts[i + 1] += starts[i];
    std::vector<std::int64_t> next(starts.begin(), starts.end() - 1);
    std::vector<Run> grouped(runs.size());
    for (const Run& run : runs) grouped[next[run.label - 1]++] = run;
    return grouped;
}

}  // namespace

// Drops instances below min_area or min_score, numbers the others 1 .. n in their order and writes the map to output,
// `(height, width)`, 0 where there is no instance.
Instances measure(const LabelMap& labels, std::int32_t count, const Maps& maps, const Settings& settings, std::int32_t* output) {
    std::vector<Run> runs;
    std::vector<std::int64_t> areas(count, 0);
    std::vector<double> scores(count, 0.0);
    std::vector<float> values(labels.width);
    for (int y = 0; y < labels.height; ++y) {
        const std::size_t first = runs.size();
        find_row_runs(labels, y, runs);
        add_row_scores(runs.data() + first, runs.data() + runs.size(), maps, values, scores);
    }
    for (const Run& run : runs) areas[run.label - 1] += run.end - run.begin;

    Instances instances;
    std::vector<std::int64_t> starts;
    const std::vector<Run> grouped = group_by_label(runs, count, starts);
    std::vector<std::int32_t> numbers(count, 0);
    std::vector<Run> spans;
    std::vector<Point> hull;
    instances.polygon_splits.push_back(0);
    for (std::int32_t i = 0; i < count; ++i) {
        const double score = scores[i] / static_cast<double>(areas[i]);
        if (areas[i] < settings.min_area || score < settings.min_score) continue;
        spans.clear();
        for (std::int64_t k = starts[i]; k < starts[i + 1]; ++k) {
            const Run& run = grouped[k];
            if (!spans.empty() && spans.back().row == run.row)
                spans.back().end = run.end;
            else
                spans.push_back(run);
        }
        instances.areas.push_back(static_cast<std::int32_t>(areas[i]));
        instances.scores.push_back(static_cast<float>(score));
        append_rectangle(spans, hull, instances.quads);
        append_contour(labels, grouped[starts[i]], instances.polygon_points);
        instances.polygon_splits.push_back(static_cast<std::int64_t>(instances.polygon_points.size() / 2));
        numbers[i] = static_cast<std::int32_t>(instances.areas.size());
    }

    std::fill_n(output, static_cast<std::size_t>(labels.height) * labels.width, 0);
    for (const Run& run : runs) {
        std::int32_t* row = output + static_cast<std::size_t>(run.row) * labels.width;
        std::fill(row + run.begin, row + run.end, numbers[run.label - 1]);
    }
    return instances;
}

}  // namespace aggregation
