// See client.hpp.

#include "http/client/client.hpp"

#include "http/client/curl_handles.hpp"

#include <sys/stat.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace carillon::http {
namespace {

constexpr long kConnectSeconds = 10;
/// Without a byte in either direction for this long the server is taken for dead.
constexpr long kSilentSeconds = 120;

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

std::size_t take_answer(char* bytes, std::size_t size, std::size_t count, void* target) {
  auto& body = *static_cast<std::string*>(target);
  if (body.size() + size * count > kLargestAnswer.value) return 0;
  body.append(bytes, size * count);
  return size * count;
}

struct Upload {
  std::FILE* file;
  std::function<void(ByteCount, ByteCount)> progress;
  ByteCount sent;
  ByteCount whole;
};

std::size_t give_body(char* into, std::size_t size, std::size_t count, void* source) {
  auto& upload = *static_cast<Upload*>(source);
  const auto got = std::fread(into, 1, size * count, upload.file);
  upload.sent += ByteCount{got};
  if (upload.progress) upload.progress(upload.sent, upload.whole);
  return got;
}

/// Sets up what every request needs.
CurlHandle prepared(const std::filesystem::path& socket, Method method, const std::string& target, std::string& answer) {
  CurlHandle handle{curl_easy_init()};
  if (!handle) throw std::runtime_error("libcurl cannot start");
  auto* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, ("http://localhost" + target).c_str());
  curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, std::string(name_of(method)).c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kSilentSeconds);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  return handle;
}

Result<ClientAnswer> perform(CURL* curl, const std::filesystem::path& socket, std::string& body) {
  const auto result = curl_easy_perform(curl);
  if (result != CURLE_OK)
    return fail(ErrorKind::unavailable, "The server does not answer on " + socket.string() + " (" + curl_easy_strerror(result) + ").");
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return ClientAnswer{static_cast<int>(status), std::move(body)};
}

}  // namespace

Result<ClientAnswer> Client::send(Method method, const std::string& target, const std::string& body) {
  std::string answer;
  const auto handle = prepared(socket_, method, target, answer);
  const CurlList fields{curl_slist_append(nullptr, "Content-Type: application/json")};
  if (!body.empty()) {
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, fields.get());
  }
  return perform(handle.get(), socket_, answer);
}

Result<ClientAnswer> Client::send_file(Method method, const std::string& target, const std::filesystem::path& file,
                                       std::function<void(ByteCount, ByteCount)> progress) {
  const std::unique_ptr<std::FILE, CloseFile> opened{std::fopen(file.c_str(), "rbe")};
  if (!opened) return fail_errno("open", file.string(), errno);
  struct stat facts;
  if (::fstat(::fileno(opened.get()), &facts) != 0) return fail_errno("look at", file.string(), errno);
  if (!S_ISREG(facts.st_mode)) return fail(ErrorKind::invalid, file.string() + " is no regular file.");
  Upload upload{opened.get(), std::move(progress), {}, ByteCount{static_cast<std::uint64_t>(facts.st_size)}};

  std::string answer;
  const auto handle = prepared(socket_, method, target, answer);
  const CurlList fields{curl_slist_append(nullptr, "Content-Type: application/octet-stream")};
  curl_easy_setopt(handle.get(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_READFUNCTION, give_body);
  curl_easy_setopt(handle.get(), CURLOPT_READDATA, &upload);
  curl_easy_setopt(handle.get(), CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(facts.st_size));
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, fields.get());
  // Refused before the body is sent: a full disk is told at once.
  curl_easy_setopt(handle.get(), CURLOPT_EXPECT_100_TIMEOUT_MS, 10'000L);
  return perform(handle.get(), socket_, answer);
}

}  // namespace carillon::http
