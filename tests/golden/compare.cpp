#include <ATen/TensorOperators.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "golden_case.h"

namespace golden {

Case::Case(const std::filesystem::path& f) : folder(f) {
  std::ifstream stream(folder / "case.json");
  if (!stream) throw Failure((folder / "case.json").string() + ": cannot be opened");
  parts = nlohmann::json::parse(stream).at("parts");
}

std::string number(double value) {
  std::ostringstream text;
  text.precision(3);
  text << value;
  return text.str();
}

void require_below(const std::string& what, double value, double tolerance) {
  if (std::isfinite(value) && value <= tolerance) return;
  throw Failure(what + ": error " + number(value) + ", allowed " + number(tolerance));
}

void remember(double& worst, double error) {
  if (std::isnan(error) || error > worst) worst = error;
}

double difference(const std::string& what, const at::Tensor& found, const at::Tensor& expected) {
  if (found.sizes() != expected.sizes()) throw Failure(what + ": has another shape");
  if (found.numel() == 0) return 0;
  const auto error = (found.to(at::kDouble) - expected.to(at::kDouble)).abs();
  return error.max().item<double>();
}

std::string compare(const std::string& what, const at::Tensor& found, const at::Tensor& expected,
                    double tolerance) {
  const double error = difference(what, found, expected);
  require_below(what, error, tolerance);
  return what + " " + number(error);
}

}  // namespace golden
