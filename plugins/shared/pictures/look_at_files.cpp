#include "pictures/look_at_files.h"

#include "executor/files/file_error.h"
#include "executor/files/read_file.h"
#include "pictures/decoder.h"

namespace pictures {
namespace {

std::string fault_of(Decoder& decoder, const std::filesystem::path& file) {
  try {
    decoder.decode_square(files::read_file(file, kMaxPictureBytes), kMinSidePx);
    return "";
  } catch (const PictureFault& fault) {
    return fault.what();
  } catch (const files::Error& error) {
    return std::string("cannot be read: ") + error.what();
  }
}

}  // namespace

std::vector<std::string> look_at_files(const std::vector<std::filesystem::path>& files) {
  Decoder decoder;
  std::vector<std::string> faults;
  for (const auto& file : files) faults.push_back(fault_of(decoder, file));
  return faults;
}

}  // namespace pictures
