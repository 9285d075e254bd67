#pragma once

#include <filesystem>
#include <string>

namespace files {

class InputFile;

/// From whom files are taken, as sshd's StrictModes has it: what is read belongs to root or to this
/// process's user, and nobody else can write it, nor put another in its place, which is to say
/// write one of the folders above it, up to the root. Looked at is what was opened. Folders with
/// the sticky bit (/tmp) may be above: there nobody replaces what is another's.
///
/// A group counts as somebody else, but for one that is the user's alone (of the user's name,
/// without another member, as Debian makes them), and the one that trust_group() names.

/// What others may do with a file or folder.
enum class Others { read, nothing };

/// Throws Error with the path, the cause and the remedy.
void require_trusted(const InputFile& file, Others may);
/// The same of a folder. Its own sticky bit excuses nothing: others could add files to it.
void require_trusted_folder(const std::filesystem::path& folder);

/// Makes a folder of mode 0700, and those above it that are missing. One that is there already is
/// left as it is, and has to be trusted. Throws Error.
void make_private_folder(const std::filesystem::path& folder);

/// The variable of the environment that names a trusted group, for this process and those that it
/// starts: such as Kubernetes' fsGroup, in which nobody is but this service.
inline constexpr const char* kTrustGroupVariable = "SOUVENIR_TRUST_GROUP";
/// Sets it. `group`: a name or a number. Throws Error when there is no such group. Call while no
/// other thread reads the environment.
void trust_group(const std::string& group);

}  // namespace files
