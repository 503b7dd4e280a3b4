#pragma once
// Estimates the cost of parsing Markdown before passing it to cmark: cmark 0.30 needs 6 s for 64 KiB of nested list markers and blank
// lines, and can't be stopped. Pure.

#include "base/result.hpp"

#include <string_view>

namespace carillon::podcast {

/// `invalid`, with the end of a sentence (“has …”), if parsing could take more than about 50 ms of processor time. Linear.
[[nodiscard]] Result<> check_markdown_cost(std::string_view markdown);

/// Nested lists and quotes.
inline constexpr std::size_t kDeepestContainers = 128;
/// Lines times open containers per line, because every line is compared with all of them.
inline constexpr std::size_t kMaxContainerSteps = 1'000'000;
/// cmark 0.30 scans all opening brackets of a paragraph for each image that contains a link (CVE-2023-22486).
inline constexpr std::size_t kMaxBrackets = 8192;

}  // namespace carillon::podcast
