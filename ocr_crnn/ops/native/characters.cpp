// From maps of characters and links to texts and their characters: CRAFT's components, rectangles, and a watershed within each text.
#include "characters.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>

#include "aggregation.hpp"

namespace characters {

namespace {

using aggregation::append_run;
using aggregation::find_root;
using aggregation::Run;

struct Component {
    std::int64_t area = 0;
    float peak = -std::numeric_limits<float>::infinity();  // of the region
    int left = std::numeric_limits<int>::max(), right = 0, top = 0, bottom = 0;
};

// Components of what is text or a link, and the runs of text alone in raster order, their label the index of a component.
struct Components {
    std::vector<Run> texts;
    std::vector<Component> components;
};

// Two bytes a pixel, whether it is text and whether it is a link. Without a stride, so that the loop vectorises. Returns whether there is NaN.
bool classify_row(const float* __restrict row, const float* __restrict thresholds, int values, std::uint8_t* __restrict classes) {
    int is_nan = 0;
    for (int i = 0; i < values; ++i) {
        const float value = row[i];
        is_nan |= value != value;
        classes[i] = value > thresholds[i];
    }
    return is_nan != 0;
}

// The runs of one row that are text or a link are appended, their label an index into `parents`, and the runs of text alone within them;
// `above` is the index of the first run of the row above.
void find_runs(const std::uint8_t* classes, int y, int width, std::size_t above, std::vector<Run>& runs, std::vector<Run>& texts,
               std::vector<std::int32_t>& parents) {
    const std::size_t above_end = runs.size();
    for (int x = 0; x < width;) {
        std::uint64_t four;
        if (x + 4 <= width && (std::memcpy(&four, classes + 2 * x, 8), four == 0)) {
            x += 4;
            continue;
        }
        if (!(classes[2 * x] | classes[2 * x + 1])) {
            ++x;
            continue;
        }
        const int begin = x;
        const auto index = static_cast<std::int32_t>(runs.size());
        while (x < width && (classes[2 * x] | classes[2 * x + 1])) {
            const int start = x;
            while (x < width && classes[2 * x]) ++x;
            if (x > start) texts.push_back({index, y, start, x});
            while (x < width && !classes[2 * x] && classes[2 * x + 1]) ++x;
        }
        append_run(runs, parents, above, above_end, y, begin, x);
    }
}

Components find_components(const float* maps, int height, int width, const Settings& settings) {
    Components found;
    std::vector<Run> runs;
    std::vector<std::int32_t> parents;
    std::vector<std::uint8_t> classes(2 * static_cast<std::size_t>(width));
    std::vector<float> thresholds(classes.size());
    for (std::size_t i = 0; i < classes.size(); ++i) thresholds[i] = i % 2 ? settings.link_threshold : settings.region_threshold;
    bool is_nan = false;
    std::size_t above = 0;
    for (int y = 0; y < height; ++y) {
        is_nan |= classify_row(maps + 2 * (static_cast<std::ptrdiff_t>(y) * width), thresholds.data(), 2 * width, classes.data());
        const std::size_t first = runs.size();
        find_runs(classes.data(), y, width, above, runs, found.texts, parents);
        above = first;
    }
    if (is_nan) throw std::invalid_argument("The region and link maps must hold numbers. Received: NaN. Check the weights and the input of the network.");
    std::vector<std::int32_t> numbers(runs.size(), -1);
    for (const Run& run : runs) {
        const std::int32_t root = find_root(parents, run.label);
        if (numbers[root] < 0) {
            numbers[root] = static_cast<std::int32_t>(found.components.size());
            found.components.emplace_back();
            found.components.back().top = run.row;
        }
        numbers[run.label] = numbers[root];
        Component& one = found.components[numbers[root]];
        one.area += run.end - run.begin;
        one.left = std::min(one.left, run.begin);
        one.right = std::max(one.right, run.end);
        one.bottom = run.row + 1;
    }
    for (Run& run : found.texts) {
        run.label = numbers[run.label];
        const float* region = maps + 2 * (static_cast<std::ptrdiff_t>(run.row) * width);
        float peak = found.components[run.label].peak;
        for (int x = run.begin; x < run.end; ++x) peak = std::max(peak, region[2 * x]);
        found.components[run.label].peak = peak;
    }
    return found;
}

// The runs of text of the components that are kept, grouped by component in raster order; starts[i] .. starts[i + 1] is text i.
struct Texts {
    std::vector<Run> runs;
    std::vector<std::int64_t> starts;
    std::vector<std::int32_t> components;
};

Texts keep_texts(const Components& found, const Settings& settings) {
    Texts texts;
    std::vector<std::int32_t> numbers(found.components.size(), -1);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const Component& one = found.components[i];
        if (one.area < settings.min_area || !(one.peak >= settings.min_peak) || !(one.peak > settings.region_threshold)) continue;
        numbers[i] = static_cast<std::int32_t>(texts.components.size());
        texts.components.push_back(static_cast<std::int32_t>(i));
    }
    texts.starts.assign(texts.components.size() + 1, 0);
    for (const Run& run : found.texts)
        if (numbers[run.label] >= 0) ++texts.starts[numbers[run.label] + 1];
    for (std::size_t i = 1; i < texts.starts.size(); ++i) texts.starts[i] += texts.starts[i - 1];
    std::vector<std::int64_t> next(texts.starts.begin(), texts.starts.end() - 1);
    texts.runs.resize(texts.starts.back());
    for (const Run& run : found.texts)
        if (numbers[run.label] >= 0) texts.runs[next[numbers[run.label]]++] = run;
    return texts;
}

// One span a row, from the first to the last pixel.
void join_rows(const Run* runs, const Run* end, std::vector<Run>& spans) {
    spans.clear();
    for (; runs != end; ++runs) {
        if (!spans.empty() && spans.back().row == runs->row)
            spans.back().end = runs->end;
        else
            spans.push_back(*runs);
    }
}

// The published growth: a square of 1 + niter pixels, niter = 2 √(area · short / (width · height)), of an even one the larger half lies
// right and below.
void grow_spans(const Component& one, int height, int width, std::vector<Run>& spans) {
    const double w = one.right - one.left, h = one.bottom - one.top;
    const int side = 1 + static_cast<int>(std::sqrt(static_cast<double>(one.area) * std::min(w, h) / (w * h)) * 2);
    const int after = side / 2, before = side - 1 - after;
    const int first = std::max(spans.front().row - before, 0), last = std::min(spans.back().row + after, height - 1);
    std::vector<Run> grown;
    std::size_t low = 0;
    for (int y = first; y <= last; ++y) {
        while (low < spans.size() && spans[low].row + after < y) ++low;
        Run span{spans.front().label, y, width, 0};
        for (std::size_t i = low; i < spans.size() && spans[i].row - before <= y; ++i) {
            span.begin = std::min(span.begin, std::max(spans[i].begin - before, 0));
            span.end = std::max(span.end, std::min(spans[i].end + after, width));
        }
        if (span.begin < span.end) grown.push_back(span);
    }
    spans.swap(grown);
}

// A rectangle whose sides differ by at most a tenth is set upright, as published: nothing tells how a square lies.
void set_upright(const std::vector<Run>& spans, float* quad) {
    const double width = std::hypot(quad[2] - quad[0], quad[3] - quad[1]), height = std::hypot(quad[4] - quad[2], quad[5] - quad[3]);
    if (std::abs(1 - std::max(width, height) / (std::min(width, height) + 1e-5)) > 0.1) return;
    int left = spans.front().begin, right = spans.front().end;
    for (const Run& span : spans) {
        left = std::min(left, span.begin);
        right = std::max(right, span.end);
    }
    const auto l = static_cast<float>(left), r = static_cast<float>(right);
    const auto t = static_cast<float>(spans.front().row), b = static_cast<float>(spans.back().row + 1);
    const float corners[8] = {l, t, r, t, r, b, l, b};
    std::copy_n(corners, 8, quad);
}

// The hills of one text: every pixel belongs to the peak that it leads up to, and hills with hardly a valley between them are one.
struct Hill {
    float peak;
    double left, right, top, bottom;  // in the frame of the text, at the centres of the outermost pixels
};

class Watershed {
public:
    Watershed(const float* maps, int height, int width) : maps_(maps), height_(height), width_(width), plane_(nullptr, &std::free) {}

    // The hills of a text, measured along (ux, uy) and across.
    const std::vector<Hill>& find(const Run* first, const Run* last, double ux, double uy, float valley) {
        hills_.clear();
        parents_.clear();
        settle(first, last);
        for (const Run* run = first; run != last; ++run) {
            const float* region = maps_ + 2 * (static_cast<std::ptrdiff_t>(run->row) * width_);
            Cell* cells = cells_ + cell(run->row, 0);
            for (int x = run->begin; x < run->end; ++x) cells[x].height = region[2 * x];
        }
        for_each(first, last, [&](std::ptrdiff_t here) {
            if (cells_[here].owner == 0) climb(here);
        });
        for_each(first, last, [&](std::ptrdiff_t here) { join(here, valley); });
        for (std::int32_t hill = 0; hill < static_cast<std::int32_t>(hills_.size()); ++hill) {
            const std::int32_t whole = parents_[hill] = find_root(parents_, hill);
            hills_[whole].peak = std::max(hills_[whole].peak, hills_[hill].peak);
        }
        for (const Run* run = first; run != last; ++run) measure(*run, ux, uy);
        for_each(first, last, [&](std::ptrdiff_t here) { cells_[here] = {}; });
        std::size_t count = 0;
        for (std::size_t hill = 0; hill < hills_.size(); ++hill)
            if (parents_[hill] == static_cast<std::int32_t>(hill)) hills_[count++] = hills_[hill];
        hills_.resize(count);
        return hills_;
    }

private:
    struct Cell {
        float height;        // 0 where there is nothing of this text, whose heights are above a threshold of at least 0
        std::int32_t owner;  // the hill, from 1; 0 where it is not known
    };
    static constexpr double far = 1e30;

    std::ptrdiff_t cell(int row, int column) const { return (row - top_ + 1) * stride_ + column - left_ + 1; }

    // Cells of 0 for the pixels of a text, with a border of one: its own window, which stays in the cache, or where that is much larger than
    // the text, as of a slanted line, a plane of the whole map.
    void settle(const Run* first, const Run* last) {
        std::int64_t pixels = 0;
        int right = 0;
        top_ = first->row;
        left_ = first->begin;
        for (const Run* run = first; run != last; ++run) {
            pixels += run->end - run->begin;
            left_ = std::min(left_, run->begin);
            right = std::max(right, run->end);
        }
        const std::int64_t height = (last - 1)->row - top_ + 3, width = right - left_ + 2;
        if (height * width > 16 * pixels + 1024) {
            top_ = left_ = 0;
            stride_ = static_cast<std::ptrdiff_t>(width_) + 2;
            if (!plane_) plane_.reset(static_cast<Cell*>(std::calloc(static_cast<std::size_t>(stride_) * (height_ + 2), sizeof(Cell))));
            if (!plane_) throw std::bad_alloc();
            cells_ = plane_.get();
        } else {
            stride_ = width;
            window_.resize(std::max(window_.size(), static_cast<std::size_t>(height * width)));  // all 0: every text leaves it so
            cells_ = window_.data();
        }
        const std::ptrdiff_t steps[8] = {-stride_ - 1, -stride_, -stride_ + 1, -1, 1, stride_ - 1, stride_, stride_ + 1};
        std::copy_n(steps, 8, around_);
    }

    template <typename Function>
    void for_each(const Run* first, const Run* last, Function function) {
        for (const Run* run = first; run != last; ++run) {
            const std::ptrdiff_t begin = cell(run->row, run->begin), end = begin + run->end - run->begin;
            for (std::ptrdiff_t here = begin; here < end; ++here) function(here);
        }
    }

    // Up to the highest of the eight neighbours until there is none higher, or one whose hill is known. Of equal heights the first in the
    // map is the higher one.
    void climb(std::ptrdiff_t here) {
        way_.clear();
        std::int32_t owner = 0;
        while (owner == 0) {
            way_.push_back(here);
            float best = cells_[here].height;
            std::ptrdiff_t to = here;
            for (int i = 0; i < 4; ++i)
                if (cells_[here + around_[i]].height >= best) best = cells_[to = here + around_[i]].height;
            for (int i = 4; i < 8; ++i)
                if (cells_[here + around_[i]].height > best) best = cells_[to = here + around_[i]].height;
            if (to == here) {
                parents_.push_back(static_cast<std::int32_t>(hills_.size()));
                hills_.push_back({best, far, -far, far, -far});
                owner = static_cast<std::int32_t>(hills_.size());
            } else {
                here = to;
                owner = cells_[here].owner;
            }
        }
        for (const std::ptrdiff_t one : way_) cells_[one].owner = owner;
    }

    // Two hills are one where the lower of two pixels that touch is nearly as high as the lower peak.
    void join(std::ptrdiff_t here, float valley) {
        const std::int32_t own = cells_[here].owner;
        for (int i = 4; i < 8; ++i) {
            const std::int32_t other = cells_[here + around_[i]].owner;
            if (other == own || other == 0) continue;
            const float saddle = std::min(cells_[here].height, cells_[here + around_[i]].height);
            if (!(saddle >= valley * std::min(hills_[own - 1].peak, hills_[other - 1].peak))) continue;
            const std::int32_t a = find_root(parents_, own - 1), b = find_root(parents_, other - 1);
            parents_[std::max(a, b)] = std::min(a, b);
        }
    }

    // The ends of the pieces of a run that belong to one hill tell its extents.
    void measure(const Run& run, double ux, double uy) {
        const Cell* cells = cells_ + cell(run.row, 0);
        const double y = run.row + 0.5;
        for (int x = run.begin; x < run.end;) {
            const std::int32_t own = cells[x].owner;
            const int begin = x;
            while (x < run.end && cells[x].owner == own) ++x;
            Hill& hill = hills_[parents_[own - 1]];
            for (const double place : {begin + 0.5, x - 0.5}) {
                const double u = place * ux + y * uy, v = y * ux - place * uy;
                hill.left = std::min(hill.left, u);
                hill.right = std::max(hill.right, u);
                hill.top = std::min(hill.top, v);
                hill.bottom = std::max(hill.bottom, v);
            }
        }
    }

    const float* maps_;
    int height_, width_;
    std::unique_ptr<Cell[], decltype(&std::free)> plane_;
    std::vector<Cell> window_;
    Cell* cells_ = nullptr;
    std::ptrdiff_t stride_ = 0;
    int top_ = 0, left_ = 0;      // the pixel of the first cell that is not of the border
    std::ptrdiff_t around_[8] = {};  // from a cell to its neighbours, in the order of the map
    std::vector<std::ptrdiff_t> way_;
    std::vector<Hill> hills_;
    std::vector<std::int32_t> parents_;
};

// The characters of a text in the order along its longer side, as quads half a pixel outside the outermost centres. Of those that lie equally
// far along, to an eighth of a pixel or so, the first in the map comes first.
void append_characters(std::vector<Hill>& hills, double ux, double uy, bool is_tall, float min_peak, Found& found) {
    const auto place = [&](const Hill& hill) { return std::round(8 * (is_tall ? hill.top + hill.bottom : hill.left + hill.right)); };
    std::stable_sort(hills.begin(), hills.end(), [&](const Hill& a, const Hill& b) { return place(a) < place(b); });
    for (const Hill& hill : hills) {
        if (!(hill.peak >= min_peak)) continue;
        const double us[2] = {hill.left - 0.5, hill.right + 0.5}, vs[2] = {hill.top - 0.5, hill.bottom + 0.5};
        const int corners[4][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
        for (const auto& corner : corners) {
            found.character_quads.push_back(static_cast<float>(us[corner[0]] * ux - vs[corner[1]] * uy));
            found.character_quads.push_back(static_cast<float>(us[corner[0]] * uy + vs[corner[1]] * ux));
        }
        found.peaks.push_back(hill.peak);
    }
}

}  // namespace

Found find(const float* maps, int height, int width, const Settings& settings) {
    const Components components = find_components(maps, height, width, settings);
    const Texts texts = keep_texts(components, settings);
    Found found;
    found.splits.push_back(0);
    std::vector<Run> spans;
    std::vector<aggregation::Point> hull;
    std::vector<Hill> hills;
    Watershed watershed(maps, height, width);
    for (std::size_t i = 0; i < texts.components.size(); ++i) {
        const Component& one = components.components[texts.components[i]];
        const Run* first = texts.runs.data() + texts.starts[i];
        const Run* last = texts.runs.data() + texts.starts[i + 1];
        join_rows(first, last, spans);
        if (settings.grow) grow_spans(one, height, width, spans);
        aggregation::append_rectangle(spans, hull, found.quads);
        float* quad = found.quads.data() + found.quads.size() - 8;
        set_upright(spans, quad);
        found.areas.push_back(static_cast<std::int32_t>(one.area));
        found.scores.push_back(one.peak);
        if (settings.characters) {
            const double along = std::hypot(quad[2] - quad[0], quad[3] - quad[1]), across = std::hypot(quad[4] - quad[2], quad[5] - quad[3]);
            const double ux = (quad[2] - quad[0]) / along, uy = (quad[3] - quad[1]) / along;
            hills = watershed.find(first, last, ux, uy, settings.valley);
            append_characters(hills, ux, uy, across > along, settings.min_character, found);
        }
        found.splits.push_back(static_cast<std::int64_t>(found.peaks.size()));
    }
    return found;
}

}  // namespace characters
