#pragma once

#include <opencv2/core/mat.hpp>

#include "executor/files/random_stream.h"

namespace pictures {

/// Makes a picture (8 bits, RGB) a worse one, as a small generative model draws it: blurred, a
/// little lighter, darker or tinted, grained. `strength` in [0, 1]. Colours keep their names.
void disturb(cv::Mat& picture, double strength, files::RandomStream& random);

}  // namespace pictures
