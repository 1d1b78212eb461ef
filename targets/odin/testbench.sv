// Loads a core over SPI, plays a stimulus, and compares every output event with what was computed for it.
//
// The parameters of the files stand for one core and one stimulus; they are filled in where this bench is written.
// Another core, or the same under another name:  iverilog -g2012 -D DUT=my_core -D 'DUT_PARAMETERS=#(.N(256))' ...
// Prints PASS and ends, or FAIL with the first difference and ends with an error.
`timescale 1ns / 1ps
`ifndef DUT
`define DUT @dut@
`endif
`ifndef DUT_PARAMETERS
`define DUT_PARAMETERS
`endif

module testbench;
    parameter LOAD = "@load@";            // address and data, 20 bits each
    parameter STIMULUS = "@stimulus@";    // code, and how many clocks to wait after it: 0 is none
    parameter EXPECTED = "@expected@";    // how many waits came before, address
    parameter integer WRITES = @writes@;
    parameter integer EVENTS = @events@;
    parameter integer OUTPUTS = @outputs@;
    parameter integer CODE_BITS = @code_bits@;
    parameter integer SCK_HALF = 3;       // clocks in half a period of SCK
    parameter integer PATIENCE = 1 << 18; // clocks until a handshake is given up

    reg clk = 0, rst = 0, sck = 0, mosi = 0, in_req = 0, out_ack = 0;
    reg [CODE_BITS-1:0] in_addr = 0;
    wire miso, in_ack, out_req;
    wire [7:0] out_addr;

    reg [19:0] load [0:2*WRITES-1];
    reg [31:0] stimulus [0:2*EVENTS-1];
    reg [31:0] expected [0:(OUTPUTS ? 2*OUTPUTS : 2)-1];
    integer w, e, b, quiet;
    integer waits = 0, received = 0;
    reg [39:0] frame;

    `DUT `DUT_PARAMETERS dut (
        .CLK(clk), .RST(rst),
        .SCK(sck), .MOSI(mosi), .MISO(miso),
        .AERIN_ADDR(in_addr), .AERIN_REQ(in_req), .AERIN_ACK(in_ack),
        .AEROUT_ADDR(out_addr), .AEROUT_REQ(out_req), .AEROUT_ACK(out_ack)
    );

    always #1 clk = ~clk;

    // Output events, answered at once.
    always @(posedge clk) begin
        if (out_req === 1'b1 && !out_ack) begin
            out_ack <= 1;
            if (received >= OUTPUTS) begin
                $display("FAIL: output %0d: neuron %0d after wait %0d; no more were expected", received, out_addr, waits);
                $fatal(1);
            end else if (expected[2*received] !== waits || expected[2*received+1] !== out_addr) begin
                $display("FAIL: output %0d: neuron %0d after wait %0d; expected neuron %0d after wait %0d", received,
                         out_addr, waits, expected[2*received+1], expected[2*received]);
                $fatal(1);
            end
            received <= received + 1;
        end else if (out_req !== 1'b1)
            out_ack <= 0;
    end

    task send_frame(input [19:0] address, input [19:0] data);
        begin
            frame = {address, data};
            for (b = 39; b >= 0; b = b - 1) begin
                mosi = frame[b];
                repeat (SCK_HALF) @(posedge clk);
                sck = 1;
                repeat (SCK_HALF) @(posedge clk);
                sck = 0;
            end
        end
    endtask

    task until_ack(input level);
        begin
            quiet = 0;
            while (in_ack !== level) begin
                @(posedge clk);
                quiet = quiet + 1;
                if (quiet > PATIENCE) begin
                    $display("FAIL: event %0d: no answer to its request", e);
                    $fatal(1);
                end
            end
        end
    endtask

    task send_event(input [CODE_BITS-1:0] code);
        begin
            in_addr = code;
            @(posedge clk);
            in_req = 1;
            until_ack(1);
            @(posedge clk);
            in_req = 0;
            until_ack(0);
        end
    endtask

    // A slow host may hold an output for longer than was counted; the core stands still meanwhile.
    task wait_clocks(input [31:0] clocks);
        begin
            quiet = 0;
            while (quiet < clocks) begin
                @(posedge clk);
                if (out_req !== 1'b1 && !out_ack)
                    quiet = quiet + 1;
            end
        end
    endtask

    initial begin
        $readmemh(LOAD, load);
        $readmemh(STIMULUS, stimulus);
        if (OUTPUTS)
            $readmemh(EXPECTED, expected);
        @(posedge clk); // a simulator sees an edge of the reset only once time has begun
        rst = 1;
        repeat (16) @(posedge clk);
        rst = 0;
        repeat (16) @(posedge clk);
        for (w = 0; w < WRITES; w = w + 1)
            send_frame(load[2*w], load[2*w+1]);
        repeat (64) @(posedge clk);
        for (e = 0; e < EVENTS; e = e + 1) begin
            send_event(stimulus[2*e]);
            if (stimulus[2*e+1]) begin
                wait_clocks(stimulus[2*e+1]);
                waits = waits + 1;
            end
        end
        if (received != OUTPUTS) begin
            $display("FAIL: %0d outputs; expected %0d, the next neuron %0d after wait %0d", received, OUTPUTS,
                     expected[2*received+1], expected[2*received]);
            $fatal(1);
        end
        $display("PASS: %0d events in, %0d out", EVENTS, OUTPUTS);
        $finish;
    end
endmodule
