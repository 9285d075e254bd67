#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sandbox {

/// What a process may still use of a home folder. Names count from the home; one that ends in '/'
/// is a folder with all that is in it.
struct HomeView {
  std::filesystem::path home;
  std::vector<std::string> reads;
  std::vector<std::string> writes;
  /// Files and folders named by whoever runs the process. They stay whole, even if the home lies in
  /// one of them.
  std::vector<std::filesystem::path> reaches;
};

/// Closes the rest of the home for this process, for good, where the kernel has Landlock: what is
/// in it can be neither read nor changed. Makes the folders that are named, and the files of
/// `writes`, first, so that there is something to allow. Everything beside the home stays as it
/// was, with one exception that Landlock forces: what is made later directly in a folder that the
/// home lies in ("/home/me" of "/home/me/souvenir") is closed too, unless `reaches` names it. When
/// the temporary folder is such a folder, TMPDIR becomes the first folder of `writes`.
///
/// Call it before the process has threads; those that run already stay as they are. Needs
/// no_new_privs. Returns the version of Landlock, 0 when the home stays open because the kernel has
/// none, or too old a one. Throws std::system_error when something cannot be made or closed.
int close_home(const HomeView& view);

}  // namespace sandbox
