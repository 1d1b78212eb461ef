// Loads every chip over SPI, reads back what was written, plays all samples one after the other, and compares every
// output event with what was computed for it.
//
// Beside Verilog-2005 it uses $fatal alone, so that it can be compiled with sources that are older than SystemVerilog.
//     -D DUT=my_core                    another module as the chip
//     -D 'DUT_PARAMETERS=#(.N(256))'    with parameters
//     -D NO_READ_BACK                   leave out the reading back, which takes as long as the loading
// Prints PASS and ends, or FAIL with the first difference and ends with an error.
`timescale 1ns / 1ps
`ifndef DUT
`define DUT @dut@
`endif
`ifndef DUT_PARAMETERS
`define DUT_PARAMETERS
`endif

// One chip. The files are read line by line; what the others are not meant for is a comment to them.
module chip_bench #(
    parameter NAME = "",                  // in what is printed
    parameter LOAD = "",                  // address and data, 20 bits each; register 0 is the last to be written
    parameter STIMULUS = "",              // code, and how many clocks to wait after it: 0 is none
    parameter EXPECTED = "",              // how many waits of the sample came before, address
    parameter integer CODE_BITS = 1,      // of an input event
    parameter integer LEARNS = 0,         // whether synapses change: they are written anew for each sample then
    parameter integer SCK_HALF = 3,       // clocks in half a period of SCK
    parameter integer PATIENCE = 1 << 18  // clocks until a handshake is given up
) (
    output reg done
);
    localparam LINE = 8*128; // bits of the longest line of a file
    reg clk, rst, sck, mosi, in_req, out_ack;
    reg [CODE_BITS-1:0] in_addr;
    wire miso, in_ack, out_req;
    wire [7:0] out_addr;

    reg [LINE-1:0] text, write_text, read_text, expected_text;
    reg [19:0] address, data;
    reg [31:0] code, clocks;
    integer load, memory, stimulus, expected, number, b, quiet, is_expected, got, write_got, read_got, expected_got;
    integer waits, samples, events, outputs, read_back, wanted_wait, wanted_address;
    reg [39:0] frame;
    reg [7:0] byte_read;

    `DUT `DUT_PARAMETERS dut (
        .CLK(clk), .RST(rst),
        .SCK(sck), .MOSI(mosi), .MISO(miso),
        .AERIN_ADDR(in_addr), .AERIN_REQ(in_req), .AERIN_ACK(in_ack),
        .AEROUT_ADDR(out_addr), .AEROUT_REQ(out_req), .AEROUT_ACK(out_ack)
    );

    initial clk = 0;
    always #1 clk = ~clk;

@read_line@

    // The next expected output of the sample; none where the next sample begins or the file ends.
    task next_expected;
        reg at_end;
        begin
            is_expected = 0;
            at_end = 0;
            while (!is_expected && !at_end) begin
                read_line(expected, expected_got, expected_text);
                if (expected_got == 0)
                    at_end = 1;
                else if ($sscanf(expected_text, "%h %h", wanted_wait, wanted_address) == 2)
                    is_expected = 1;
                else if ($sscanf(expected_text, "// sample %d", number) == 1)
                    at_end = 1;
            end
        end
    endtask

    task none_missing;
        if (is_expected) begin
            $display("FAIL: %0s: %0d outputs; expected one more in sample number %0d, of neuron %0d after wait %0d", NAME,
                     outputs, samples, wanted_address, wanted_wait);
            $fatal(1);
        end
    endtask

    // Output events, answered at once.
    always @(posedge clk) begin
        if (out_req === 1'b1 && !out_ack) begin
            out_ack <= 1;
            if (!is_expected) begin
                $display("FAIL: %0s: output %0d: neuron %0d after wait %0d; no more were expected in sample number %0d",
                         NAME, outputs, out_addr, waits, samples);
                $fatal(1);
            end else if (wanted_wait !== waits || wanted_address !== out_addr) begin
                $display("FAIL: %0s: output %0d: neuron %0d after wait %0d; expected neuron %0d after wait %0d in sample number %0d",
                         NAME, outputs, out_addr, waits, wanted_address, wanted_wait, samples);
                $fatal(1);
            end
            outputs = outputs + 1;
            next_expected;
        end else if (out_req !== 1'b1)
            out_ack <= 0;
    end

    // Forty bits, the highest first; the last eight that come back are in `byte_read`.
    task send_frame(input [19:0] first, input [19:0] second);
        begin
            frame = {first, second};
            for (b = 39; b >= 0; b = b - 1) begin
                mosi = frame[b];
                repeat (SCK_HALF) @(posedge clk);
                sck = 1;
                byte_read = {byte_read[6:0], miso};
                repeat (SCK_HALF) @(posedge clk);
                sck = 0;
            end
        end
    endtask

    // Writes what the file says; `again`: neurons and registers alone, or all where synapses learn.
    task write_all(input again);
        begin
            load = $fopen(LOAD, "r");
            read_line(load, write_got, write_text);
            while (write_got != 0) begin
                if ($sscanf(write_text, "%h %h", address, data) == 2) begin
                    if (!again && address[17:0] == 0 && data == 0)
                        read_all;
                    if (!again || LEARNS || address[17:16] != 2)
                        send_frame(address, data);
                end
                read_line(load, write_got, write_text);
            end
            $fclose(load);
            repeat (64) @(posedge clk);
        end
    endtask

    // Reads every byte of the memories that was written; registers cannot be read.
    task read_all;
        reg [19:0] where, what;
        begin
`ifndef NO_READ_BACK
            memory = $fopen(LOAD, "r");
            read_line(memory, read_got, read_text);
            while (read_got != 0) begin
                if ($sscanf(read_text, "%h %h", where, what) == 2)
                    if (where[17:16] != 0) begin
                        send_frame({2'b10, where[17:0]}, 20'b0);
                        read_back = read_back + 1;
                        if (byte_read !== what[7:0]) begin
                            $display("FAIL: %0s: byte at %h reads as %h; %h was written", NAME, where[17:0], byte_read, what[7:0]);
                            $fatal(1);
                        end
                    end
                read_line(memory, read_got, read_text);
            end
            $fclose(memory);
`endif
        end
    endtask

    task until_ack(input level);
        begin
            quiet = 0;
            while (in_ack !== level) begin
                @(posedge clk);
                quiet = quiet + 1;
                if (quiet > PATIENCE) begin
                    $display("FAIL: %0s: event %0d: no answer to its request", NAME, events);
                    $fatal(1);
                end
            end
        end
    endtask

    task send_event(input [CODE_BITS-1:0] what);
        begin
            in_addr = what;
            @(posedge clk);
            in_req = 1;
            until_ack(1);
            @(posedge clk);
            in_req = 0;
            until_ack(0);
        end
    endtask

    // A slow host may hold an output for longer than was counted; the core stands still meanwhile.
    task wait_clocks(input [31:0] many);
        begin
            quiet = 0;
            while (quiet < many) begin
                @(posedge clk);
                if (out_req !== 1'b1 && !out_ack)
                    quiet = quiet + 1;
            end
        end
    endtask

    task exists(input integer file);
        if (!file) begin
            $display("FAIL: %0s: its files are not in the folder that the bench runs in", NAME);
            $fatal(1);
            forever @(posedge clk);
        end
    endtask

    initial begin
        done = 0; rst = 0; sck = 0; mosi = 0; in_req = 0; out_ack = 0; in_addr = 0;
        waits = 0; samples = 0; events = 0; outputs = 0; read_back = 0; is_expected = 0;
        load = $fopen(LOAD, "r");
        stimulus = $fopen(STIMULUS, "r");
        expected = $fopen(EXPECTED, "r");
        exists(load);
        exists(stimulus);
        exists(expected);
        $fclose(load);
        next_expected;
        @(posedge clk); // a simulator sees an edge of the reset only once time has begun
        rst = 1;
        repeat (16) @(posedge clk);
        rst = 0;
        repeat (16) @(posedge clk);
        read_line(stimulus, got, text);
        while (got != 0) begin
            if ($sscanf(text, "%h %h", code, clocks) == 2) begin
                send_event(code[CODE_BITS-1:0]);
                events = events + 1;
                if (clocks) begin
                    wait_clocks(clocks);
                    waits = waits + 1;
                end
            end else if ($sscanf(text, "// sample %d", number) == 1) begin
                none_missing;
                write_all(samples != 0);
                samples = samples + 1;
                waits = 0;
                next_expected;
            end
            read_line(stimulus, got, text);
        end
        none_missing;
        if (samples == 0) begin
            $display("FAIL: %0s: there is no sample in %0s", NAME, STIMULUS);
            $fatal(1);
        end
        done = 1;
    end
endmodule

module testbench;
    wire [@last@:0] done;
@chips@
    initial begin
        wait (&done);
        $display("PASS: %0d chips, %0d samples, %0d bytes read back, %0d events in, %0d out", @count@, chip00.samples,
                 @read_back@, @events@, @outputs@);
        $finish;
    end
endmodule
