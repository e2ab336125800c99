// CRAFT's maps to texts and characters.
#pragma once

#include <cstdint>
#include <vector>

namespace characters {

struct Settings {
    float region_threshold;  // above it a pixel is text
    float link_threshold;    // above it a pixel links texts
    float min_peak;          // of the region, for a text
    std::int64_t min_area;   // of text and links together
    bool grow;               // rectangles by the published growth, else around the text as it is
    bool characters;
    float min_character;     // of the region, for a character
    float valley;            // two hills are one where the way between them keeps this part of the lower one's height
};

// Row i is text i, in raster order of its first pixel; its characters are splits[i] .. splits[i + 1].
struct Found {
    std::vector<float> scores;  // the highest value of the region
    std::vector<std::int32_t> areas;
    std::vector<float> quads;
    std::vector<float> peaks;
    std::vector<float> character_quads;
    std::vector<std::int64_t> splits;
};

// maps: `(height, width, 2)`, region and link.
Found find(const float* maps, int height, int width, const Settings& settings);

}  // namespace characters
