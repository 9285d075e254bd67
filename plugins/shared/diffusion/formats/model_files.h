#pragma once

#include <filesystem>
#include <string>

#include "executor/files/input_file.h"

namespace diffusion {

/// Which files belong to a model, and where they may lie. A model's folder comes from somebody
/// else: a link in it could lead to any file that this user can read, and a copy would publish
/// that.

/// The folder that all files of a model have to lie in once links are followed: the model's own,
/// or, for a snapshot in the cache of Hugging Face, whose files are links to `blobs`, its
/// repository's. Throws Error.
std::filesystem::path root_of_model(const std::filesystem::path& model_folder);

/// An open file of a model.
class ModelFile : public files::InputFile {
 public:
  /// `name`: "unet/config.json". Throws Error when it is no regular file, or when a link has led
  /// out of root_of_model().
  ModelFile(const std::filesystem::path& model_folder, const std::filesystem::path& name);
};

/// Throws Error naming the first file of the model that cannot be a ModelFile. Files whose names no
/// model has are passed over: nobody reads or copies them.
void check_links(const std::filesystem::path& model_folder);

/// Copies one file of a model to `to` and flushes the copy. Throws Error.
void copy_model_file(const std::filesystem::path& model_folder, const std::filesystem::path& name,
                     const std::filesystem::path& to);

/// Copies the configurations of a component, and the files of a tokenizer, into `to`, which is
/// there. Throws Error.
void copy_configurations(const std::filesystem::path& model_folder, const std::string& component,
                         const std::filesystem::path& to);

/// Whether a component's weights may have that name, whole, in parts, pickled or as an index.
bool is_weights_name(const std::string& name);

}  // namespace diffusion
