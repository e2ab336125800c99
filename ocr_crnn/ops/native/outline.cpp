// The minimum-area rectangle of an instance from its row spans, and its outer contour along the pixel edges.
#include "aggregation.hpp"

#include <algorithm>
#include <cmath>

namespace aggregation {

namespace {

std::int64_t dot(Point a, Point b) { return a.x * b.x + a.y * b.y; }
std::int64_t cross(Point a, Point b) { return a.x * b.y - a.y * b.x; }
Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }

// Clockwise convex hull (y points down) of the pixel indices, from the right end of the top row: down the right side, up the left.
void find_hull(const std::vector<Run>& spans, std::vector<Point>& hull) {
    hull.clear();
    for (const Run& span : spans) {
        const Point point{span.end - 1, span.row};
        while (hull.size() > 1 && cross(hull.back() - hull[hull.size() - 2], point - hull[hull.size() - 2]) <= 0) hull.pop_back();
        hull.push_back(point);
    }
    const std::size_t right = hull.size();
    for (std::size_t i = spans.size(); i-- > 0;) {
        const Point point{spans[i].begin, spans[i].row};
        while (hull.size() > right + 1 && cross(hull.back() - hull[hull.size() - 2], point - hull[hull.size() - 2]) <= 0) hull.pop_back();
        hull.push_back(point);
    }
    // A row of one pixel is in both sides.
    if (hull[right].x == hull[right - 1].x) hull.erase(hull.begin() + static_cast<std::ptrdiff_t>(right));
    if (hull.size() > 1 && hull.back().x == hull[0].x && hull.back().y == hull[0].y) hull.pop_back();
}

// Area of the rectangle along each hull edge, sides half a pixel outside the outermost centres: rotating calipers.
// (w + 1)(h + 1) is a product of positive concave functions of the angle between two edges, so its minimum lies at an edge.
void rectangle_areas(const std::vector<Point>& hull, std::vector<double>& areas) {
    const std::size_t n = hull.size();
    std::size_t front = 1, far = 1, back = 1;
    areas.clear();
    for (std::size_t i = 0; i < n; ++i) {
        const Point edge = hull[(i + 1) % n] - hull[i];
        const auto step = [&](std::size_t k) { return hull[(k + 1) % n] - hull[k % n]; };
        front = std::max(front, i + 1);
        while (dot(edge, step(front)) > 0) ++front;
        far = std::max(far, front);
        while (cross(edge, step(far)) > 0) ++far;
        back = std::max(back, far);
        while (dot(edge, step(back)) < 0) ++back;
        const double length = std::sqrt(static_cast<double>(dot(edge, edge)));
        const double width = static_cast<double>(dot(edge, hull[front % n] - hull[back % n])) / length;
        const double height = static_cast<double>(cross(edge, hull[far % n] - hull[i])) / length;
        areas.push_back((width + 1) * (height + 1));
    }
}

// The edge direction of the smallest rectangle; of several within 0.01 % the first one clockwise from the top.
Point best_direction(const std::vector<Point>& hull) {
    if (hull.size() < 2) return {1, 0};
    thread_local std::vector<double> areas;
    rectangle_areas(hull, areas);
    const double limit = *std::min_element(areas.begin(), areas.end()) * (1 + 1e-4);
    const std::size_t best = std::find_if(areas.begin(), areas.end(), [&](double area) { return area <= limit; }) - areas.begin();
    Point direction = hull[(best + 1) % hull.size()] - hull[best];
    // Quarter turns bring the top side to more than -45 and at most 45 degrees of the x axis.
    while (!(direction.x > 0 && -direction.x < direction.y && direction.y <= direction.x)) direction = {-direction.y, direction.x};
    return direction;
}

}  // namespace

// spans: one run a row from the first to the last pixel of the instance, top to bottom. hull: scratch memory.
void append_rectangle(const std::vector<Run>& spans, std::vector<Point>& hull, std::vector<float>& quads) {
    find_hull(spans, hull);
    const Point along = best_direction(hull);
    std::int64_t left = dot(along, hull[0]), right = left, top = cross(along, hull[0]), bottom = top;
    for (const Point& point : hull) {
        left = std::min(left, dot(along, point));
        right = std::max(right, dot(along, point));
        top = std::min(top, cross(along, point));
        bottom = std::max(bottom, cross(along, point));
    }
    const double length = std::sqrt(static_cast<double>(dot(along, along)));
    const double ux = static_cast<double>(along.x) / length, uy = static_cast<double>(along.y) / length;
    const double us[2] = {static_cast<double>(left) / length - 0.5, static_cast<double>(right) / length + 0.5};
    const double vs[2] = {static_cast<double>(top) / length - 0.5, static_cast<double>(bottom) / length + 0.5};
    const int corners[4][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
    for (const auto& corner : corners) {
        const double u = us[corner[0]], v = vs[corner[1]];
        quads.push_back(static_cast<float>(u * ux - v * uy + 0.5));
        quads.push_back(static_cast<float>(u * uy + v * ux + 0.5));
    }
}

// Corners of the outer contour, clockwise from the top-left corner of the first pixel in raster order. Pixels that touch
// at a corner only are walked around one by one, as the instance is 4-connected. Holes are left out.
void append_contour(const LabelMap& labels, const Run& first, std::vector<float>& points) {
    const std::ptrdiff_t stride = labels.stride;
    // From the pixel right below a grid corner: the cells ahead on the right and on the left when heading right, down, left, up.
    const std::ptrdiff_t ahead_right[4] = {0, -1, -stride - 1, -stride};
    const std::ptrdiff_t ahead_left[4] = {-stride, 0, -1, -stride - 1};
    const std::ptrdiff_t cell_steps[4] = {1, stride, -1, -stride};
    const int x_steps[4] = {1, 0, -1, 0};
    const int y_steps[4] = {0, 1, 0, -1};
    const std::int32_t* const start = labels.row(first.row) + first.begin;
    const std::int32_t* cell = start;
    const std::int32_t label = *start;
    int x = first.begin, y = first.row, heading = 0;
    points.push_back(static_cast<float>(x));
    points.push_back(static_cast<float>(y));
    while (true) {
        cell += cell_steps[heading];
        x += x_steps[heading];
        y += y_steps[heading];
        if (cell == start) return;
        int turn = 0;
        if (cell[ahead_right[heading]] != label)
            turn = 1;
        else if (cell[ahead_left[heading]] == label)
            turn = 3;
        if (!turn) continue;
        heading = (heading + turn) & 3;
        points.push_back(static_cast<float>(x));
        points.push_back(static_cast<float>(y));
    }
}

}  // namespace aggregation
