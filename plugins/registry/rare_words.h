#pragma once

#include <array>
#include <string_view>

namespace registry {

/// Words to call a thing by when the model folder has no identifiers.txt, best first. The first 15
/// are single tokens of CLIP's vocabulary with next to no meaning to Stable Diffusion 1 ("sks" is
/// the one that DreamBooth's users settled on); the others are consonants alone.
/// Each is still tried against the rules of the model at hand.
inline constexpr std::array<std::string_view, 126> kRareWords = {
    "sks", "brc", "sph", "kpk", "qtr", "scs", "msm", "cnc", "cmc", "cpc", "clc", "cic", "crc",
    "csc", "ctc", "btb", "psh", "wrw", "zzs", "btt", "pfb", "zzx", "qck", "scg", "bbk", "hhv",
    "ghm", "qds", "hwn", "kcc", "prm", "dmr", "ftr", "chs", "bts", "tbx", "zmp", "gsk", "wwz",
    "fxx", "srq", "bst", "trz", "ssq", "vds", "ttg", "rff", "ctf", "lck", "tvn", "srv", "dvs",
    "ldq", "khv", "tts", "cmp", "ftt", "hls", "qnd", "tsj", "llq", "ffm", "ddr", "ccc", "zzf",
    "zwn", "xrs", "hnd", "zxx", "crz", "wnp", "chf", "jft", "wnd", "ctt", "ftl", "lfl", "clb",
    "tbq", "lmt", "ppz", "swr", "cxt", "fvs", "fpm", "thk", "grs", "nws", "zlt", "wnc", "bsm",
    "grq", "snq", "ptd", "ctw", "jgg", "ghq", "snw", "mxx", "spn", "ggt", "tbm", "vxx", "fnt",
    "mbj", "wrg", "chm", "pgg", "thj", "xgg", "nts", "ppw", "ngg", "jcs", "xtd", "xks", "nhs",
    "zws", "fmt", "blk", "ckt", "bmr", "prf", "whj", "chz", "slq"};

/// Words that captions are made of, whatever the model: never identifiers.
inline constexpr std::array<std::string_view, 51> kCaptionWords = {
    "a",      "an",      "the",     "of",      "on",       "in",         "at",     "by",
    "to",     "from",    "with",    "without", "and",      "or",         "no",     "is",
    "as",     "photo",   "picture", "image",   "painting", "cartoon",    "render", "drawing",
    "sketch", "sticker", "icon",    "art",     "style",    "background", "white",  "black",
    "red",    "green",   "blue",    "yellow",  "orange",   "purple",     "pink",   "brown",
    "gray",   "grey",    "gold",    "silver",  "big",      "small",      "old",    "new",
    "one",    "two",     "three"};

}  // namespace registry
