#include "lib/http/pages.h"

#include <array>

namespace lib::http {

namespace {

/// Where the parts of a page's text begin: a page is written once, in both forms, and its body is
/// the end of either.
constexpr Page make_page(int status, std::string_view raw, std::string_view full) {
  return {status, raw, full, raw.substr(raw.find("\r\n\r\n") + 4)};
}

// Written out in full: they are what people compare with the original byte by byte. 405 without a
// full stop and 501 with a leading one are haproxy 2.6's; 414 and 431 are 3.4's, which 2.6 lacks.
constexpr auto kPages = std::to_array<Page>({
    make_page(200,
              "HTTP/1.1 200 OK\r\nContent-length: 58\r\nCache-Control: no-cache\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>200 OK</h1>\n"
              "Service ready.\n</body></html>\n",
              "HTTP/1.1 200 OK\r\ncontent-length: 58\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "\r\n"
              "<html><body><h1>200 OK</h1>\n"
              "Service ready.\n</body></html>\n"),
    make_page(400,
              "HTTP/1.1 400 Bad request\r\nContent-length: 90\r\nCache-Control: no-cache\r\n"
              "Connection: close\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>400 Bad request</h1>\n"
              "Your browser sent an invalid request.\n</body></html>\n",
              "HTTP/1.1 400 Bad request\r\ncontent-length: 90\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "connection: close\r\n"
              "\r\n"
              "<html><body><h1>400 Bad request</h1>\n"
              "Your browser sent an invalid request.\n</body></html>\n"),
    make_page(401,
              "HTTP/1.1 401 Unauthorized\r\nContent-length: 112\r\nCache-Control: no-cache\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>401 Unauthorized</h1>\n"
              "You need a valid user and password to access this content.\n</body></html>\n",
              "HTTP/1.1 401 Unauthorized\r\ncontent-length: 112\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "\r\n"
              "<html><body><h1>401 Unauthorized</h1>\n"
              "You need a valid user and password to access this content.\n</body></html>\n"),
    make_page(403,
              "HTTP/1.1 403 Forbidden\r\nContent-length: 93\r\nCache-Control: no-cache\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>403 Forbidden</h1>\n"
              "Request forbidden by administrative rules.\n</body></html>\n",
              "HTTP/1.1 403 Forbidden\r\ncontent-length: 93\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "\r\n"
              "<html><body><h1>403 Forbidden</h1>\n"
              "Request forbidden by administrative rules.\n</body></html>\n"),
    make_page(404,
              "HTTP/1.1 404 Not Found\r\nContent-length: 83\r\nCache-Control: no-cache\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>404 Not Found</h1>\n"
              "The resource could not be found.\n</body></html>\n",
              "HTTP/1.1 404 Not Found\r\ncontent-length: 83\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "\r\n"
              "<html><body><h1>404 Not Found</h1>\n"
              "The resource could not be found.\n</body></html>\n"),
    make_page(
        405,
        "HTTP/1.1 405 Method Not Allowed\r\nContent-length: 146\r\nCache-Control: no-cache\r\n"
        "Content-Type: text/html\r\n\r\n"
        "<html><body><h1>405 Method Not Allowed</h1>\n"
        "A request was made of a resource using a request method not supported by that "
        "resource\n</body></html>\n",
        "HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 146\r\ncache-control: no-cache\r\n"
        "content-type: text/html\r\n"
        "\r\n"
        "<html><body><h1>405 Method Not Allowed</h1>\n"
        "A request was made of a resource using a request method not supported by that "
        "resource\n</body></html>\n"),
    make_page(407,
              "HTTP/1.1 407 Unauthorized\r\nContent-length: 112\r\nCache-Control: no-cache\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>407 Unauthorized</h1>\n"
              "You need a valid user and password to access this content.\n</body></html>\n",
              "HTTP/1.1 407 Unauthorized\r\ncontent-length: 112\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "\r\n"
              "<html><body><h1>407 Unauthorized</h1>\n"
              "You need a valid user and password to access this content.\n</body></html>\n"),
    make_page(408,
              "HTTP/1.1 408 Request Time-out\r\nContent-length: 110\r\nCache-Control: no-cache\r\n"
              "Connection: close\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>408 Request Time-out</h1>\n"
              "Your browser didn't send a complete request in time.\n</body></html>\n",
              "HTTP/1.1 408 Request Time-out\r\ncontent-length: 110\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "connection: close\r\n"
              "\r\n"
              "<html><body><h1>408 Request Time-out</h1>\n"
              "Your browser didn't send a complete request in time.\n</body></html>\n"),
    make_page(
        410,
        "HTTP/1.1 410 Gone\r\nContent-length: 114\r\nCache-Control: no-cache\r\n"
        "Content-Type: text/html\r\n\r\n"
        "<html><body><h1>410 Gone</h1>\n"
        "The resource is no longer available and will not be available again.\n</body></html>\n",
        "HTTP/1.1 410 Gone\r\ncontent-length: 114\r\ncache-control: no-cache\r\n"
        "content-type: text/html\r\n"
        "\r\n"
        "<html><body><h1>410 Gone</h1>\n"
        "The resource is no longer available and will not be available again.\n</body></html>\n"),
    make_page(413,
              "HTTP/1.1 413 Payload Too Large\r\nContent-length: 106\r\nCache-Control: no-cache\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>413 Payload Too Large</h1>\n"
              "The request entity exceeds the maximum allowed.\n</body></html>\n",
              "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 106\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "\r\n"
              "<html><body><h1>413 Payload Too Large</h1>\n"
              "The request entity exceeds the maximum allowed.\n</body></html>\n"),
    make_page(414,
              "HTTP/1.1 414 URI Too Long\r\nContent-length: 110\r\nCache-Control: no-cache\r\n"
              "Connection: close\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>414 URI Too Long</h1>\n"
              "The URI provided was too long for the server to process.\n</body></html>\n",
              "HTTP/1.1 414 URI Too Long\r\ncontent-length: 110\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "connection: close\r\n"
              "\r\n"
              "<html><body><h1>414 URI Too Long</h1>\n"
              "The URI provided was too long for the server to process.\n</body></html>\n"),
    make_page(
        421,
        "HTTP/1.1 421 Misdirected Request\r\nContent-length: 104\r\nCache-Control: no-cache\r\n"
        "Content-Type: text/html\r\n\r\n"
        "<html><body><h1>421 Misdirected Request</h1>\n"
        "Request sent to a non-authoritative server.\n</body></html>\n",
        "HTTP/1.1 421 Misdirected Request\r\ncontent-length: 104\r\ncache-control: no-cache\r\n"
        "content-type: text/html\r\n"
        "\r\n"
        "<html><body><h1>421 Misdirected Request</h1>\n"
        "Request sent to a non-authoritative server.\n</body></html>\n"),
    make_page(
        422,
        "HTTP/1.1 422 Unprocessable Content\r\nContent-length: 116\r\nCache-Control: no-cache\r\n"
        "Content-Type: text/html\r\n\r\n"
        "<html><body><h1>422 Unprocessable Content</h1>\n"
        "The server cannot process the contained instructions.\n</body></html>\n",
        "HTTP/1.1 422 Unprocessable Content\r\ncontent-length: 116\r\ncache-control: no-cache\r\n"
        "content-type: text/html\r\n"
        "\r\n"
        "<html><body><h1>422 Unprocessable Content</h1>\n"
        "The server cannot process the contained instructions.\n</body></html>\n"),
    make_page(425,
              "HTTP/1.1 425 Too Early\r\nContent-length: 80\r\nCache-Control: no-cache\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>425 Too Early</h1>\n"
              "Your browser sent early data.\n</body></html>\n",
              "HTTP/1.1 425 Too Early\r\ncontent-length: 80\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "\r\n"
              "<html><body><h1>425 Too Early</h1>\n"
              "Your browser sent early data.\n</body></html>\n"),
    make_page(429,
              "HTTP/1.1 429 Too Many Requests\r\nContent-length: 117\r\nCache-Control: no-cache\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>429 Too Many Requests</h1>\n"
              "You have sent too many requests in a given amount of time.\n</body></html>\n",
              "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 117\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "\r\n"
              "<html><body><h1>429 Too Many Requests</h1>\n"
              "You have sent too many requests in a given amount of time.\n</body></html>\n"),
    make_page(431,
              "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-length: "
              "105\r\nCache-Control: no-cache\r\n"
              "Connection: close\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>431 Request Header Fields Too Large</h1>\n"
              "Request Header Fields Too Large.\n</body></html>\n",
              "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: "
              "105\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "connection: close\r\n"
              "\r\n"
              "<html><body><h1>431 Request Header Fields Too Large</h1>\n"
              "Request Header Fields Too Large.\n</body></html>\n"),
    make_page(
        500,
        "HTTP/1.1 500 Internal Server Error\r\nContent-length: 97\r\nCache-Control: no-cache\r\n"
        "Content-Type: text/html\r\n\r\n"
        "<html><body><h1>500 Internal Server Error</h1>\n"
        "An internal server error occurred.\n</body></html>\n",
        "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 97\r\ncache-control: no-cache\r\n"
        "content-type: text/html\r\n"
        "\r\n"
        "<html><body><h1>500 Internal Server Error</h1>\n"
        "An internal server error occurred.\n</body></html>\n"),
    make_page(501,
              "HTTP/1.1 501 Not Implemented\r\nContent-length: 136\r\nCache-Control: no-cache\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>501 Not Implemented</h1>\n"
              ".The server does not support the functionality required to fulfill the "
              "request.\n</body></html>\n",
              "HTTP/1.1 501 Not Implemented\r\ncontent-length: 136\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "\r\n"
              "<html><body><h1>501 Not Implemented</h1>\n"
              ".The server does not support the functionality required to fulfill the "
              "request.\n</body></html>\n"),
    make_page(502,
              "HTTP/1.1 502 Bad Gateway\r\nContent-length: 107\r\nCache-Control: no-cache\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>502 Bad Gateway</h1>\n"
              "The server returned an invalid or incomplete response.\n</body></html>\n",
              "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 107\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "\r\n"
              "<html><body><h1>502 Bad Gateway</h1>\n"
              "The server returned an invalid or incomplete response.\n</body></html>\n"),
    make_page(
        503,
        "HTTP/1.1 503 Service Unavailable\r\nContent-length: 107\r\nCache-Control: no-cache\r\n"
        "Content-Type: text/html\r\n\r\n"
        "<html><body><h1>503 Service Unavailable</h1>\n"
        "No server is available to handle this request.\n</body></html>\n",
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 107\r\ncache-control: no-cache\r\n"
        "content-type: text/html\r\n"
        "\r\n"
        "<html><body><h1>503 Service Unavailable</h1>\n"
        "No server is available to handle this request.\n</body></html>\n"),
    make_page(504,
              "HTTP/1.1 504 Gateway Time-out\r\nContent-length: 92\r\nCache-Control: no-cache\r\n"
              "Content-Type: text/html\r\n\r\n"
              "<html><body><h1>504 Gateway Time-out</h1>\n"
              "The server didn't respond in time.\n</body></html>\n",
              "HTTP/1.1 504 Gateway Time-out\r\ncontent-length: 92\r\ncache-control: no-cache\r\n"
              "content-type: text/html\r\n"
              "\r\n"
              "<html><body><h1>504 Gateway Time-out</h1>\n"
              "The server didn't respond in time.\n</body></html>\n"),
});

}  // namespace

const Page* find_page(int status) {
  for (const Page& page : kPages)
    if (page.status == status) return &page;
  return nullptr;
}

std::span<const Page> pages() { return kPages; }

}  // namespace lib::http
