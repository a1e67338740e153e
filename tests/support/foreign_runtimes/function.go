// A function in Go, which speaks as AWS's own client for Go does: every response is chunked and
// announces trailers, and none has the header that says that it streams.
//
// It sends "one", waits at a gate, and sends "two". With the handler `fails` the error is in
// trailers.
package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
)

const (
	errorType = "Lambda-Runtime-Function-Error-Type"
	errorBody = "Lambda-Runtime-Function-Error-Body"
	prelude   = "application/vnd.awslambda.http-integration-response"
	report    = `{"errorType":"StreamError","errorMessage":"broke"}`
)

var gate = regexp.MustCompile(`"gate"\D*(\d+)`)

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func write(event string, body *io.PipeWriter, request *http.Request) {
	if strings.Contains(event, "requestContext") {
		io.WriteString(body, `{"statusCode":201}`+strings.Repeat("\x00", 8))
	}
	io.WriteString(body, "one")
	if found := gate.FindStringSubmatch(event); found != nil {
		connection, err := net.Dial("tcp", "127.0.0.1:"+found[1])
		check(err)
		connection.Read(make([]byte, 1))
		connection.Close()
	}
	io.WriteString(body, "two")
	if os.Getenv("_HANDLER") == "fails" {
		request.Trailer.Set(errorType, "Runtime.StreamError")
		request.Trailer.Set(errorBody, base64.StdEncoding.EncodeToString([]byte(report)))
	}
	body.Close()
}

func main() {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	fmt.Println("ready")
	for {
		next, err := http.Get(base + "next")
		check(err)
		event, err := io.ReadAll(next.Body)
		check(err)
		next.Body.Close()
		reader, writer := io.Pipe()
		id := next.Header.Get("Lambda-Runtime-Aws-Request-Id")
		request, err := http.NewRequest("POST", base+id+"/response", reader)
		check(err)
		request.Header.Set("Content-Type", prelude)
		request.Trailer = http.Header{errorType: nil, errorBody: nil}
		go write(string(event), writer, request)
		answer, err := http.DefaultClient.Do(request)
		check(err)
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
}
