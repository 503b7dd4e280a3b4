// See client.hpp.

#include "http/client/client.hpp"

#include "base/text.hpp"

#include "http/client/curl_handles.hpp"

#include <sys/stat.h>

#include <algorithm>
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

/// One header line of the answer; another answer's head (100 Continue) comes before the last one's.
std::size_t take_field(char* bytes, std::size_t size, std::size_t count, void* target) {
  auto& fields = *static_cast<Fields*>(target);
  const auto line = trimmed(std::string_view{bytes, size * count});
  const auto colon = line.find(':');
  if (line.starts_with("HTTP/"))
    fields = {};
  else if (colon != std::string_view::npos)
    fields.add(std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1))));
  return size * count;
}

struct Upload {
  std::FILE* file;
  std::function<void(ByteCount, ByteCount)> progress;
  ByteCount sent;
  ByteCount whole;
  bool ended_early = false;
};

std::size_t give_body(char* into, std::size_t size, std::size_t count, void* source) {
  auto& upload = *static_cast<Upload*>(source);
  const auto wanted = std::min<std::uint64_t>(size * count, (upload.whole - upload.sent).value);
  const auto got = std::fread(into, 1, wanted, upload.file);
  if (got < wanted) {
    upload.ended_early = true;
    return CURL_READFUNC_ABORT;
  }
  upload.sent += ByteCount{got};
  if (upload.progress) upload.progress(upload.sent, upload.whole);
  return got;
}

/// Where a request goes: a socket of this machine, or another one.
struct Way {
  const std::filesystem::path& socket;
  const RemoteServer& server;
  [[nodiscard]] std::string name() const { return socket.empty() ? server.origin : socket.string(); }
};

/// Sets up what every request needs.
CurlHandle prepared(const Way& way, Method method, const std::string& target, std::string& answer) {
  CurlHandle handle{curl_easy_init()};
  if (!handle) throw std::runtime_error("libcurl could not be initialized");
  auto* curl = handle.get();
  if (way.socket.empty()) {
    curl_easy_setopt(curl, CURLOPT_URL, (way.server.origin + target).c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, way.server.token.c_str());
    if (!way.server.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, way.server.ca_file.c_str());
  } else {
    curl_easy_setopt(curl, CURLOPT_URL, ("http://localhost" + target).c_str());
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, way.socket.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, std::string(name_of(method)).c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kSilentSeconds);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  return handle;
}

Result<ClientAnswer> perform(CURL* curl, const Way& way, std::string& body) {
  const auto result = curl_easy_perform(curl);
  if (result != CURLE_OK)
    return fail(ErrorKind::unavailable, "The server isn't responding on " + way.name() + " (" + curl_easy_strerror(result) + ").");
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return ClientAnswer{.status = static_cast<int>(status), .body = std::move(body)};
}

}  // namespace

Result<Client> Client::over_https(RemoteServer server) {
  while (server.origin.ends_with('/')) server.origin.pop_back();
  if (!server.origin.starts_with("https://") || server.origin.find('/', 8) != std::string::npos || server.origin.size() == 8)
    return fail(ErrorKind::invalid, "“" + server.origin + "” isn't a server address; write https://HOST or https://HOST:PORT.", "server");
  if (server.token.empty()) return fail(ErrorKind::invalid, "A remote server requires a token (--token).", "token");
  return Client{std::move(server)};
}

Result<ClientAnswer> Client::send(Method method, const std::string& target, const std::string& body) {
  std::string answer;
  const auto handle = prepared({socket_, server_}, method, target, answer);
  const CurlList fields{curl_slist_append(nullptr, "Content-Type: application/json")};
  if (!body.empty()) {
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, fields.get());
  }
  return perform(handle.get(), {socket_, server_}, answer);
}

Result<ClientAnswer> Client::send_file(Method method, const std::string& target, const std::filesystem::path& file,
                                       std::function<void(ByteCount, ByteCount)> progress) {
  struct stat facts;
  if (::stat(file.c_str(), &facts) != 0) return fail_errno("stat", file.string(), errno);
  if (!S_ISREG(facts.st_mode)) return fail(ErrorKind::invalid, file.string() + " isn't a regular file.");
  const ByteCount whole{static_cast<std::uint64_t>(facts.st_size)};
  FilePart part{.file = file, .offset = {}, .length = whole};
  if (progress) part.progress = [&](ByteCount sent) { progress(sent, whole); };
  Fields fields;
  fields.add("Content-Type", "application/octet-stream");
  return send_part(method, target, fields, &part);
}

Result<ClientAnswer> Client::send_part(Method method, const std::string& target, const Fields& fields, const FilePart* part) {
  std::string answer;
  Fields answered;
  const auto handle = prepared({socket_, server_}, method, target, answer);
  auto* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_field);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answered);
  if (method == Method::head) curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  CurlList lines;
  for (const auto& line : fields.lines()) {
    if (!append(lines, (line.name + ": " + line.value).c_str())) throw std::bad_alloc();
  }
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines.get());

  std::unique_ptr<std::FILE, CloseFile> file;
  Upload upload{nullptr, {}, {}, {}};
  if (part) {
    file.reset(std::fopen(part->file.c_str(), "rbe"));
    if (!file || ::fseeko(file.get(), static_cast<off_t>(part->offset.value), SEEK_SET) != 0)
      return fail_errno("open", part->file.string(), errno);
    upload.file = file.get();
    upload.whole = part->length;
    if (part->progress) upload.progress = [&](ByteCount sent, ByteCount) { part->progress(sent); };
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(part->length.value));
    // Refused before the body is sent: a full disk is told at once.
    curl_easy_setopt(curl, CURLOPT_EXPECT_100_TIMEOUT_MS, 10'000L);
  }
  auto result = perform(curl, {socket_, server_}, answer);
  if (upload.ended_early) return fail(ErrorKind::conflict, "The file " + part->file.string() + " was truncated while it was being sent.");
  if (result) result->fields = std::move(answered);
  return result;
}

}  // namespace carillon::http
