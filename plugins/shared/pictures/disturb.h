#pragma once

#include <opencv2/core/mat.hpp>

#include "executor/files/random_stream.h"

namespace pictures {

/// Degrades a picture (8 bits, RGB) to what a small generative model draws: blurred, a little
/// lighter, darker or tinted, and grained. `strength` in [0, 1]. Colours keep their names.
void disturb(cv::Mat& picture, double strength, files::RandomStream& random);

}  // namespace pictures
