// Area, rectangle and contour of every instance, and the final label map.
#include "aggregation.hpp"

#include <algorithm>
#include <cstring>

namespace aggregation {

namespace {

// The labelled runs of one row, eight pixels without text at a time skipped.
void find_labelled_runs(const LabelMap& labels, int y, std::vector<Run>& runs) {
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
Instances measure(const LabelMap& labels, const Kernels& kernels, const Settings& settings, std::int32_t* output) {
    const auto count = static_cast<std::int32_t>(kernels.scores.size());
    std::vector<Run> runs;
    for (int y = 0; y < labels.height; ++y) find_labelled_runs(labels, y, runs);
    std::vector<std::int64_t> areas(count, 0);
    for (const Run& run : runs) areas[run.label - 1] += run.end - run.begin;

    Instances instances;
    std::vector<std::int64_t> starts;
    const std::vector<Run> grouped = group_by_label(runs, count, starts);
    std::vector<std::int32_t> numbers(count, 0);
    std::vector<Run> spans;
    std::vector<Point> hull;
    instances.polygon_splits.push_back(0);
    for (std::int32_t i = 0; i < count; ++i) {
        if (areas[i] < settings.min_area || kernels.scores[i] < settings.min_score) continue;
        spans.clear();
        for (std::int64_t k = starts[i]; k < starts[i + 1]; ++k) {
            const Run& run = grouped[k];
            if (!spans.empty() && spans.back().row == run.row)
                spans.back().end = run.end;
            else
                spans.push_back(run);
        }
        instances.areas.push_back(static_cast<std::int32_t>(areas[i]));
        instances.scores.push_back(kernels.scores[i]);
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
